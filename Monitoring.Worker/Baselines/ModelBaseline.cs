using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Baselines;

/// <summary>What is known of a version to compare with. Not <see cref="Known"/> while the registry is away: then nothing is judged, and asked again.</summary>
internal sealed record ModelBaseline(bool Known, BaselineProfile? Profile, IReadOnlyDictionary<string, double> Metrics)
{
    public static ModelBaseline Unknown { get; } = new(false, null, new Dictionary<string, double>());

    /// <summary>The value of a metric at training: on the holdout of the profile, otherwise as the version's run logged it.</summary>
    public double? Metric(string name) =>
        Profile?.Metrics.TryGetValue(name, out var own) == true ? own
        : Metrics.TryGetValue(name, out var logged) ? logged
        : null;
}
