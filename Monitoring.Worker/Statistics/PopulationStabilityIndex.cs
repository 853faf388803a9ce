namespace Slipway.Monitoring.Worker.Statistics;

/// <summary>Population stability index between two sets of shares over the same bins: Σ(p−q)·ln(p/q).</summary>
internal static class PopulationStabilityIndex
{
    private const double Fill = 1e-4;
    private const double SmallFillDivisor = 1e6;

    /// <summary>The index of two counts by bin; 0 when either side is empty.</summary>
    public static double OfCounts(ReadOnlySpan<long> reference, ReadOnlySpan<long> current)
    {
        var p = Shares(reference);
        var q = Shares(current);
        return p.Length == 0 || q.Length == 0 ? 0 : OfShares(p, q);
    }

    /// <summary>
    /// The index of two sets of shares. Empty bins are filled as Evidently does: each side by itself, with 0.0001, or with a millionth of
    /// its least share where that is smaller than 0.0001; the shares are not normalised again.
    /// </summary>
    public static double OfShares(ReadOnlySpan<double> reference, ReadOnlySpan<double> current)
    {
        if (reference.Length != current.Length)
        {
            throw new ArgumentException("Both sides need the same bins.", nameof(current));
        }
        var referenceFill = FillFor(reference);
        var currentFill = FillFor(current);
        var sum = 0.0;
        for (var i = 0; i < reference.Length; i++)
        {
            var p = reference[i] > 0 ? reference[i] : referenceFill;
            var q = current[i] > 0 ? current[i] : currentFill;
            sum += (p - q) * Math.Log(p / q);
        }
        return sum;
    }

    private static double[] Shares(ReadOnlySpan<long> counts)
    {
        var total = 0.0;
        foreach (var count in counts)
        {
            total += count;
        }
        if (total <= 0)
        {
            return [];
        }
        var shares = new double[counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            shares[i] = counts[i] / total;
        }
        return shares;
    }

    private static double FillFor(ReadOnlySpan<double> shares)
    {
        var least = double.PositiveInfinity;
        foreach (var share in shares)
        {
            if (share > 0 && share < least)
            {
                least = share;
            }
        }
        return least <= Fill ? least / SmallFillDivisor : Fill;
    }
}
