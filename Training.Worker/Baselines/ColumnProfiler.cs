using System.Runtime.InteropServices;
using Slipway.Contracts.Monitoring;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Baselines;

/// <summary>Describes one column's distribution in bounded space: moments, quantile bins, an even sample, or category counts.</summary>
internal static class ColumnProfiler
{
    private const int MaxBins = 20;

    public static ColumnProfile Profile(Column column, ReadOnlySpan<int> rows)
    {
        if (column is CategoricalColumn categorical)
        {
            var counts = new Dictionary<string, long>(StringComparer.Ordinal);
            long missing = 0;
            foreach (var row in rows)
            {
                if (categorical.Codes[row] < 0)
                {
                    missing++;
                }
                else
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, categorical.Categories[categorical.Codes[row]], out _)++;
                }
            }
            return Categories(column.Name, counts, rows.Length, missing);
        }
        var values = ((NumericColumn)column).Values;
        var selected = new float[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            selected[i] = values[rows[i]];
        }
        return Numbers(column.Name, selected);
    }

    /// <summary>The profile of numbers; NaN counts as missing.</summary>
    public static ColumnProfile Numbers(string name, ReadOnlySpan<float> values)
    {
        var sorted = Present(values);
        var profile = new ColumnProfile
        {
            Name = name,
            Kind = "numeric",
            Count = values.Length,
            MissingCount = values.Length - sorted.Length,
        };
        if (sorted.Length == 0)
        {
            return profile with { Edges = [], BinCounts = [0], Sample = [] };
        }
        var (mean, deviation) = Moments(sorted);
        var edges = Edges(sorted);
        return profile with
        {
            Mean = mean,
            StandardDeviation = deviation,
            Min = sorted[0],
            Max = sorted[^1],
            Edges = edges,
            BinCounts = Count(sorted, edges),
            Sample = Sample(sorted),
        };
    }

    /// <summary>The profile of named counts; the rarest beyond the bound are added up.</summary>
    public static ColumnProfile Categories(string name, IReadOnlyDictionary<string, long> counts, long rowCount, long missingCount)
    {
        var ordered = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        return new ColumnProfile
        {
            Name = name,
            Kind = "categorical",
            Count = rowCount,
            MissingCount = missingCount,
            Categories = ordered.Take(ColumnProfile.MaxCategories).ToDictionary(pair => pair.Key, pair => pair.Value),
            OtherCount = ordered.Skip(ColumnProfile.MaxCategories).Sum(pair => pair.Value),
        };
    }

    private static double[] Present(ReadOnlySpan<float> values)
    {
        var present = new double[values.Length];
        var count = 0;
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
            {
                present[count++] = value;
            }
        }
        Array.Resize(ref present, count);
        Array.Sort(present);
        return present;
    }

    private static (double Mean, double Deviation) Moments(double[] values)
    {
        var mean = values.Sum() / values.Length;
        var squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, Math.Sqrt(squares / values.Length));
    }

    // Each edge is an observed value at a quantile, so that the bin (…, edge] holds it; the greatest value is no inner edge.
    private static List<double> Edges(double[] sorted)
    {
        var edges = new List<double>(MaxBins - 1);
        for (var i = 1; i < MaxBins; i++)
        {
            var edge = sorted[(int)((long)i * (sorted.Length - 1) / MaxBins)];
            if ((edges.Count == 0 || edge > edges[^1]) && edge < sorted[^1])
            {
                edges.Add(edge);
            }
        }
        return edges;
    }

    private static long[] Count(double[] sorted, List<double> edges)
    {
        var counts = new long[edges.Count + 1];
        var bin = 0;
        foreach (var value in sorted)
        {
            while (bin < edges.Count && value > edges[bin])
            {
                bin++;
            }
            counts[bin]++;
        }
        return counts;
    }

    private static double[] Sample(double[] sorted)
    {
        if (sorted.Length <= ColumnProfile.MaxSampleCount)
        {
            return sorted;
        }
        var sample = new double[ColumnProfile.MaxSampleCount];
        for (var i = 0; i < sample.Length; i++)
        {
            // From the least to the greatest value, both included.
            sample[i] = sorted[(int)((long)i * (sorted.Length - 1) / (sample.Length - 1))];
        }
        return sample;
    }
}
