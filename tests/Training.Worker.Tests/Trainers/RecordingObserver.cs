using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Trainers;

/// <summary>Keeps what a trainer says while it works.</summary>
internal sealed class RecordingObserver : ITrainingObserver
{
    public List<(string Key, double Value, int Step)> Metrics { get; } = [];

    public List<double> Fractions { get; } = [];

    public Action<int>? OnMetric { get; init; }

    public double[] Values(string key) => [.. Metrics.Where(metric => metric.Key == key).Select(metric => metric.Value)];

    public void Metric(string key, double value, int step)
    {
        Metrics.Add((key, value, step));
        OnMetric?.Invoke(step);
    }

    public void Progress(double fraction, string message) => Fractions.Add(fraction);
}
