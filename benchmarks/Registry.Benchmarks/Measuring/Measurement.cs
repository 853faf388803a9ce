namespace Slipway.Registry.Benchmarks.Measuring;

/// <summary>What one round, or the median of several, came to.</summary>
internal sealed record Measurement(double PerSecond, double P50Milliseconds, double P99Milliseconds)
{
    /// <summary>The middle one by rate.</summary>
    public static Measurement Median(IReadOnlyList<Measurement> rounds) => rounds.OrderBy(r => r.PerSecond).ElementAt(rounds.Count / 2);
}
