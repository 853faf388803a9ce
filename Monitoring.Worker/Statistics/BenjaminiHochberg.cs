namespace Slipway.Monitoring.Worker.Statistics;

/// <summary>Benjamini and Hochberg's correction for many tests (JRSS B 57, 1995): bounds the share of false alarms among the tests called significant.</summary>
internal static class BenjaminiHochberg
{
    /// <summary>The adjusted p-values, in the order given: a test is significant at level q when its adjusted p-value is at most q.</summary>
    public static double[] Adjust(ReadOnlySpan<double> pValues)
    {
        var count = pValues.Length;
        var sorted = pValues.ToArray();
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = i;
        }
        Array.Sort(sorted, order);
        var adjusted = new double[count];
        var least = 1.0;
        for (var rank = count; rank >= 1; rank--)
        {
            least = Math.Min(least, sorted[rank - 1] * count / rank);
            adjusted[order[rank - 1]] = least;
        }
        return adjusted;
    }
}
