namespace Slipway.Inference.Engine.Serving;

/// <summary>Chooses a route by weight: a pure function, so that a canary's share can be proven and a sticky caller's number gives the same route again.</summary>
public static class RouteChoice
{
    /// <summary>The index of the route that owns <paramref name="draw"/> in [0, 1) when the routes lie end to end in order; -1 when all weights are zero.</summary>
    public static int Choose(ReadOnlySpan<double> weights, double draw)
    {
        double sum = 0;
        foreach (var weight in weights)
        {
            sum += weight;
        }

        var rest = draw * sum;
        var last = -1;
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] <= 0)
            {
                continue;
            }

            last = i;
            rest -= weights[i];
            if (rest < 0)
            {
                return i;
            }
        }

        // Rounding may leave a crumb at the very end: it belongs to the last route with a weight.
        return last;
    }
}
