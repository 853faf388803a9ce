namespace Slipway.Monitoring.Worker.Tests.Statistics;

/// <summary>Evidently's binning: Sturges' rule over both samples for numbers with more than 20 values in the reference, otherwise a bin a value.</summary>
internal static class EvidentlyBins
{
    public static (double[] Reference, double[] Current) Shares(DriftVector vector)
    {
        var distinct = vector.Reference.Distinct().Count();
        return vector.IsNumeric && distinct > 20 ? Equal(vector) : ByValue(vector);
    }

    private static (double[] Reference, double[] Current) ByValue(DriftVector vector)
    {
        double[] values = [.. vector.Reference.Concat(vector.Current).Distinct().Order()];
        return (Of(vector.Reference), Of(vector.Current));

        double[] Of(double[] sample) => [.. values.Select(v => sample.Count(s => s.Equals(v)) / (double)sample.Length)];
    }

    private static (double[] Reference, double[] Current) Equal(DriftVector vector)
    {
        double[] all = [.. vector.Reference, .. vector.Current];
        var (min, max) = (all.Min(), all.Max());
        var width = (max - min) / (Math.Log2(all.Length) + 1);
        var count = (int)Math.Ceiling((max - min) / width);
        double[] edges = [.. Enumerable.Range(0, count + 1).Select(i => i == count ? max : min + (i * ((max - min) / count)))];
        return (Of(vector.Reference), Of(vector.Current));

        double[] Of(double[] sample)
        {
            var shares = new double[count];
            foreach (var value in sample)
            {
                var bin = Array.FindLastIndex(edges, e => e <= value);
                shares[Math.Min(bin, count - 1)] += 1.0 / sample.Length;
            }
            return shares;
        }
    }
}
