namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Counts of values by upper bound, and their sum.</summary>
internal sealed class HistogramSeries(string labels, double[] bounds) : Series(labels)
{
    private readonly Lock _lock = new();

    // One more than the bounds: what is above the last.
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    internal override void Record(double value)
    {
        if (double.IsNaN(value))
        {
            return;
        }

        // An upper bound is inclusive, as Prometheus's "le" says.
        var index = Array.BinarySearch(bounds, value);
        index = index >= 0 ? index : ~index;
        lock (_lock)
        {
            _counts[index]++;
            _sum += value;
        }
    }

    internal override void Write(ExpositionWriter writer, string name)
    {
        long[] counts;
        double sum;
        lock (_lock)
        {
            counts = [.. _counts];
            sum = _sum;
        }

        var prefix = Labels.Length > 0 ? Labels + "," : "";
        long total = 0;
        for (var i = 0; i < bounds.Length; i++)
        {
            total += counts[i];
            writer.Sample(name + "_bucket", $"{prefix}le=\"{ExpositionWriter.Number(bounds[i])}\"", total);
        }

        total += counts[^1];
        writer.Sample(name + "_bucket", prefix + "le=\"+Inf\"", total);
        writer.Sample(name + "_sum", Labels, sum);
        writer.Sample(name + "_count", Labels, total);
    }
}
