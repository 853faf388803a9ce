namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>
/// Divides a feature's values into at most 255 bins at quantiles. The edges are 32-bit floats between observed values, and a value lies in
/// the first bin whose edge is not below it: exactly the comparison the exported tree makes.
/// </summary>
internal static class FeatureBinner
{
    /// <summary>The bin of missing values; the others count from 1.</summary>
    public const byte MissingBin = 0;

    private const int MaxSample = 200_000;

    /// <summary>Rising inner edges; one bin more than edges.</summary>
    public static float[] FitEdges(float[] values, int maxBins)
    {
        var sorted = SortedSample(values);
        var (distinct, counts) = Distinct(sorted);
        if (distinct.Count <= maxBins)
        {
            return [.. Enumerable.Range(0, Math.Max(0, distinct.Count - 1)).Select(i => Between(distinct[i], distinct[i + 1]))];
        }
        var edges = new List<float>(maxBins);
        long seen = 0;
        long remaining = sorted.Length;
        var inBin = 0;
        for (var i = 0; i < distinct.Count - 1 && edges.Count < maxBins - 1; i++)
        {
            inBin += counts[i];
            seen += counts[i];
            // The share is taken anew after each bin, so that a few heavy values do not leave the rest with too few bins.
            var wanted = (double)remaining / (maxBins - edges.Count);
            if (inBin >= wanted || (inBin + counts[i + 1] > wanted && counts[i + 1] >= wanted))
            {
                edges.Add(Between(distinct[i], distinct[i + 1]));
                remaining = sorted.Length - seen;
                inBin = 0;
            }
        }
        return [.. edges];
    }

    public static byte[] Encode(float[] values, float[] edges)
    {
        var bins = new byte[values.Length];
        for (var row = 0; row < values.Length; row++)
        {
            bins[row] = BinOf(values[row], edges);
        }
        return bins;
    }

    private static byte BinOf(float value, float[] edges)
    {
        if (float.IsNaN(value))
        {
            return MissingBin;
        }
        var first = 0;
        var last = edges.Length;
        while (first < last)
        {
            var middle = (first + last) >> 1;
            if (edges[middle] < value)
            {
                first = middle + 1;
            }
            else
            {
                last = middle;
            }
        }
        return (byte)(first + 1);
    }

    private static float[] SortedSample(float[] values)
    {
        var step = Math.Max(1, (values.Length + MaxSample - 1) / MaxSample);
        var sample = new float[(values.Length + step - 1) / step];
        var count = 0;
        for (var i = 0; i < values.Length; i += step)
        {
            if (!float.IsNaN(values[i]))
            {
                sample[count++] = values[i];
            }
        }
        Array.Resize(ref sample, count);
        Array.Sort(sample);
        return sample;
    }

    private static (List<float> Distinct, List<int> Counts) Distinct(float[] sorted)
    {
        var distinct = new List<float>();
        var counts = new List<int>();
        foreach (var value in sorted)
        {
            if (distinct.Count > 0 && distinct[^1] == value)
            {
                counts[^1]++;
            }
            else
            {
                distinct.Add(value);
                counts.Add(1);
            }
        }
        return (distinct, counts);
    }

    private static float Between(float low, float high)
    {
        var middle = (float)(((double)low + high) / 2);
        // Between neighbouring floats the middle rounds to one of them; the lower keeps them apart.
        return middle < high ? middle : low;
    }
}
