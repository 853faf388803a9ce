using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Comparisons;

/// <summary>How far the data of two versions' trainings are apart, column by column. The bins are the left's; the right's sample falls into them.</summary>
internal static class BaselineDifference
{
    // The usual floor of an empty bin's share.
    private const double Floor = 1e-4;

    public static IReadOnlyList<ComparedColumn> Of(BaselineProfile? left, BaselineProfile? right)
    {
        var before = Columns(left);
        var after = Columns(right);
        return
        [
            .. before
                .Keys.Union(after.Keys, StringComparer.Ordinal)
                .Select(name => Compare(name, before.GetValueOrDefault(name), after.GetValueOrDefault(name))),
        ];
    }

    private static Dictionary<string, ColumnProfile> Columns(BaselineProfile? profile)
    {
        var columns = new Dictionary<string, ColumnProfile>(StringComparer.Ordinal);
        if (profile is not null)
        {
            foreach (var feature in profile.Features)
            {
                columns[feature.Name] = feature;
            }
            columns["(prediction)"] = profile.Prediction;
            columns["(label)"] = profile.Label;
        }
        return columns;
    }

    private static ComparedColumn Compare(string name, ColumnProfile? left, ColumnProfile? right) =>
        new(name, left?.Mean, right?.Mean, left?.StandardDeviation, right?.StandardDeviation, Psi(left, right));

    private static double? Psi(ColumnProfile? left, ColumnProfile? right)
    {
        if (left is { Edges: { } edges, BinCounts: { } counts } && right?.Sample is { Count: > 0 } sample)
        {
            var bins = new double[edges.Count + 1];
            foreach (var value in sample)
            {
                // (-∞,e1], (e1,e2], …: a value on an edge belongs to the bin below.
                bins[edges.Count(edge => edge < value)]++;
            }
            return Psi([.. counts.Select(c => (double)c)], bins);
        }
        if (left?.Categories is { } was && right?.Categories is { } now)
        {
            var names = was.Keys.Union(now.Keys, StringComparer.Ordinal).ToList();
            return Psi(
                [.. names.Select(n => (double)was.GetValueOrDefault(n)), left.OtherCount],
                [.. names.Select(n => (double)now.GetValueOrDefault(n)), right.OtherCount]
            );
        }
        return null;
    }

    private static double? Psi(double[] left, double[] right)
    {
        var (all, others) = (left.Sum(), right.Sum());
        if (left.Length != right.Length || all == 0 || others == 0)
        {
            return null;
        }
        return left.Zip(right)
            .Select(pair => (Before: Math.Max(pair.First / all, Floor), After: Math.Max(pair.Second / others, Floor)))
            .Sum(share => (share.After - share.Before) * Math.Log(share.After / share.Before));
    }
}
