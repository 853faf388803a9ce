namespace Slipway.Registry.Api.Runs;

/// <summary>Chooses steps of a long history for a chart.</summary>
internal static class StepSample
{
    /// <summary>At most <paramref name="count"/> of the sorted steps, evenly spread, and the last one; all of them where there are no more.</summary>
    public static HashSet<long> Of(IReadOnlyList<long> steps, int count)
    {
        if (steps.Count <= count)
        {
            return [.. steps];
        }
        var interval = (double)steps.Count / count;
        var chosen = new HashSet<long> { steps[^1] };
        for (var i = 0; i < count; i++)
        {
            chosen.Add(steps[(int)(i * interval)]);
        }
        return chosen;
    }
}
