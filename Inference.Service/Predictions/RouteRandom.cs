namespace Slipway.Inference.Service.Predictions;

/// <summary>
/// Draws the numbers that choose an endpoint's route: SplitMix64 (Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014), which any number of threads
/// can share with one interlocked addition. The same seed gives the same draws.
/// </summary>
internal sealed class RouteRandom(long seed)
{
    private long _state = seed;

    /// <summary>The next number in [0, 1).</summary>
    public double Next()
    {
        var z = unchecked((ulong)Interlocked.Add(ref _state, unchecked((long)0x9E3779B97F4A7C15)));
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 11) * (1.0 / (1UL << 53));
    }
}
