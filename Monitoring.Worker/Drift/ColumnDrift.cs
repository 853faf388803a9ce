using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Statistics;

namespace Slipway.Monitoring.Worker.Drift;

/// <summary>
/// Compares one column of a window with its profile: PSI over the profile's bins or categories, and a significance test. Missing values are a bin of
/// their own where either side has some; a numeric column without any value left is tested for that alone.
/// </summary>
internal readonly record struct ColumnDrift(double Psi, double? Ks, double? PValue)
{
    /// <summary>Null where the profile has nothing to compare with.</summary>
    public static ColumnDrift? Compute(ColumnProfile profile, ColumnSample sample, long rowCount) =>
        profile.Count <= 0 || rowCount <= 0 ? null
        : ColumnKinds.IsNumeric(profile) ? OfNumbers(profile, sample, rowCount)
        : OfCategories(profile, sample, rowCount);

    private static ColumnDrift? OfNumbers(ColumnProfile profile, ColumnSample sample, long rowCount)
    {
        if (profile.Edges is not { } edges || profile.BinCounts is not { } bins)
        {
            return null;
        }
        var values = sample.SortedNumbers();
        var missing = Math.Max(0, rowCount - values.Length);
        var withMissing = missing > 0 || profile.MissingCount > 0;
        var reference = new long[bins.Count + (withMissing ? 1 : 0)];
        var current = new long[reference.Length];
        for (var i = 0; i < bins.Count; i++)
        {
            reference[i] = bins[i];
        }
        CountByBin(values, [.. edges], current);
        if (withMissing)
        {
            reference[^1] = profile.MissingCount;
            current[^1] = missing;
        }
        var psi = PopulationStabilityIndex.OfCounts(reference, current);
        if (profile.Sample is not { Count: > 0 } baselineSample)
        {
            return new ColumnDrift(psi, null, null);
        }
        if (values.Length == 0)
        {
            var present = Math.Max(0, profile.Count - profile.MissingCount);
            return new ColumnDrift(psi, null, ChiSquare.TwoSample([present, profile.MissingCount], [0, missing]).PValue);
        }
        var test = KolmogorovSmirnov.Test([.. baselineSample], values);
        return new ColumnDrift(psi, test.Statistic, test.PValue);
    }

    private static ColumnDrift? OfCategories(ColumnProfile profile, ColumnSample sample, long rowCount)
    {
        if (profile.Categories is not { } categories)
        {
            return null;
        }
        // The profile's categories, then all others together, then missing.
        var reference = new long[categories.Count + 2];
        var current = new long[reference.Length];
        var i = 0;
        var named = 0L;
        foreach (var (category, count) in categories)
        {
            reference[i] = count;
            current[i] = sample.Categories.GetValueOrDefault(category);
            named += current[i++];
        }
        reference[^2] = profile.OtherCount;
        current[^2] = sample.CategoryRows - named;
        reference[^1] = profile.MissingCount;
        current[^1] = Math.Max(0, rowCount - sample.CategoryRows);
        (reference, current) = WithoutEmpty(reference, current);
        return new ColumnDrift(PopulationStabilityIndex.OfCounts(reference, current), null, ChiSquare.TwoSample(reference, current).PValue);
    }

    private static void CountByBin(ReadOnlySpan<double> sorted, ReadOnlySpan<double> edges, Span<long> counts)
    {
        var bin = 0;
        foreach (var value in sorted)
        {
            while (bin < edges.Length && value > edges[bin])
            {
                bin++;
            }
            counts[bin]++;
        }
    }

    private static (long[] Reference, long[] Current) WithoutEmpty(long[] reference, long[] current)
    {
        // A bin that both sides lack would be filled on both, with different fills, and so count as drift.
        var kept = Enumerable.Range(0, reference.Length).Where(i => reference[i] > 0 || current[i] > 0).ToArray();
        return ([.. kept.Select(i => reference[i])], [.. kept.Select(i => current[i])]);
    }
}
