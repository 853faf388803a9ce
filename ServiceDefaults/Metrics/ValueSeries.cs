namespace Slipway.ServiceDefaults.Metrics;

/// <summary>A sum, or the last value.</summary>
internal sealed class ValueSeries(string labels, bool sums) : Series(labels)
{
    private double _value;

    internal override void Record(double value)
    {
        if (!sums)
        {
            Volatile.Write(ref _value, value);
            return;
        }

        var seen = Volatile.Read(ref _value);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _value, seen + value, seen);
            // Compared by bits: NaN is not equal to itself and would never end the loop.
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen))
            {
                return;
            }

            seen = before;
        }
    }

    internal override void Write(ExpositionWriter writer, string name) => writer.Sample(name, Labels, Volatile.Read(ref _value));
}
