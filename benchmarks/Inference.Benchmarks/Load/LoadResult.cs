namespace Slipway.Inference.Benchmarks.Load;

/// <summary>What a load generator measured. A percentile is null where the generator gives none.</summary>
internal sealed record LoadResult(double RequestsPerSecond, double? P50Microseconds, double? P99Microseconds, long Errors)
{
    /// <summary>The median of rounds, each number for itself; errors add up.</summary>
    public static LoadResult Median(IReadOnlyList<LoadResult> rounds) =>
        new(
            MedianOf(rounds.Select(round => round.RequestsPerSecond)),
            rounds[0].P50Microseconds is null ? null : MedianOf(rounds.Select(round => round.P50Microseconds!.Value)),
            rounds[0].P99Microseconds is null ? null : MedianOf(rounds.Select(round => round.P99Microseconds!.Value)),
            rounds.Sum(round => round.Errors)
        );

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
