using System.Globalization;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Adds up the metrics of a window over predictions with outcomes, as a regression and as a classification at once.</summary>
internal sealed class AccuracyAccumulator
{
    private long _compared;
    private long _correct;
    private long _measured;
    private double _sum;
    private double _sumAbsolute;
    private double _sumSquares;

    /// <summary>True when a prediction carried a class: without a baseline, that makes the model a classification.</summary>
    public bool HasLabels { get; private set; }

    /// <summary>Adds a prediction with its outcome.</summary>
    public void Add(double? value, string? label, double? outcomeValue, string? outcomeLabel)
    {
        HasLabels |= label is not null;
        if (value is { } predicted && outcomeValue is { } actual)
        {
            var error = predicted - actual;
            _measured++;
            _sum += error;
            _sumAbsolute += Math.Abs(error);
            _sumSquares += error * error;
            _compared++;
            _correct += predicted.Equals(actual) ? 1 : 0;
        }
        else if ((label ?? Text(value)) is { } predictedClass && (outcomeLabel ?? Text(outcomeValue)) is { } actualClass)
        {
            _compared++;
            _correct += predictedClass == actualClass ? 1 : 0;
        }
    }

    /// <summary>Predictions that could be compared with their outcome in the given task.</summary>
    public long Count(bool classification) => classification ? _compared : _measured;

    /// <summary>The metrics by name; empty without a comparable outcome.</summary>
    public IReadOnlyDictionary<string, double> Metrics(bool classification)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        if (Count(classification) == 0)
        {
            return metrics;
        }
        if (classification)
        {
            metrics[MetricNames.Accuracy] = (double)_correct / _compared;
            return metrics;
        }
        metrics[MetricNames.MeanAbsoluteError] = Finite(_sumAbsolute / _measured);
        metrics[MetricNames.RootMeanSquaredError] = Finite(Math.Sqrt(_sumSquares / _measured));
        if (!double.IsNaN(_sum))
        {
            metrics[MetricNames.MeanError] = Finite(_sum / _measured);
        }
        return metrics;
    }

    // JSON and alerts need a number: values near the greatest double overflow the sums.
    private static double Finite(double value) => double.IsFinite(value) ? value : Math.CopySign(double.MaxValue, value);

    private static string? Text(double? value) => value?.ToString(CultureInfo.InvariantCulture);
}
