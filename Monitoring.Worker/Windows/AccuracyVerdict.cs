using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Baselines;

namespace Slipway.Monitoring.Worker.Windows;

/// <summary>The judged metric of a window against the baseline's. <paramref name="Bad"/> is null while there are too few outcomes or nothing to compare with.</summary>
internal readonly record struct AccuracyVerdict(string Metric, double? Value, double? BaselineValue, bool? Bad)
{
    /// <summary>Judges by the monitor's metric and greatest relative loss.</summary>
    public static AccuracyVerdict Of(
        MonitorDefinition monitor,
        ModelBaseline baseline,
        IReadOnlyDictionary<string, double> metrics,
        long outcomeCount,
        bool classification
    )
    {
        var metric = monitor.Metric ?? (classification ? MetricNames.Accuracy : MetricNames.MeanAbsoluteError);
        double? value = metrics.TryGetValue(metric, out var found) ? found : null;
        var reference = baseline.Metric(metric);
        var verdict = new AccuracyVerdict(metric, value, reference, null);
        if (value is not { } current || reference is not { } atTraining || outcomeCount < monitor.MinOutcomes)
        {
            return verdict;
        }
        var bad =
            metric == MetricNames.Accuracy ? current < atTraining * (1 - monitor.MaxLoss) : current > atTraining * (1 + monitor.MaxLoss);
        return verdict with { Bad = bad };
    }
}
