using MathNet.Numerics;

namespace Slipway.Monitoring.Worker.Statistics;

/// <summary>Pearson's chi-square test that two samples of categories come from one distribution (a 2 × k contingency table, without Yates' correction).</summary>
internal static class ChiSquare
{
    /// <summary>Tests two counts over the same categories. Categories that neither side has are left out; with fewer than two, nothing can differ: p is 1.</summary>
    public static ChiSquareResult TwoSample(ReadOnlySpan<long> first, ReadOnlySpan<long> second)
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException("Both sides need the same categories.", nameof(second));
        }
        var firstTotal = Total(first);
        var secondTotal = Total(second);
        var categories = 0;
        var statistic = 0.0;
        for (var i = 0; i < first.Length; i++)
        {
            var both = (double)first[i] + second[i];
            if (both <= 0)
            {
                continue;
            }
            categories++;
            statistic += Term(first[i], both * firstTotal / (firstTotal + secondTotal));
            statistic += Term(second[i], both * secondTotal / (firstTotal + secondTotal));
        }
        return categories < 2 || firstTotal <= 0 || secondTotal <= 0
            ? new ChiSquareResult(0, 0, 1)
            : new ChiSquareResult(statistic, categories - 1, UpperTail(statistic, categories - 1));
    }

    /// <summary>The chance that a chi-square variable of <paramref name="degreesOfFreedom"/> exceeds <paramref name="statistic"/>.</summary>
    public static double UpperTail(double statistic, int degreesOfFreedom) =>
        statistic <= 0 ? 1
        : double.IsPositiveInfinity(statistic) ? 0
        : Math.Clamp(SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2.0, statistic / 2.0), 0, 1);

    private static double Term(double observed, double expected) =>
        expected > 0 ? (observed - expected) * (observed - expected) / expected : 0;

    private static double Total(ReadOnlySpan<long> counts)
    {
        var total = 0.0;
        foreach (var count in counts)
        {
            total += count;
        }
        return total;
    }
}
