namespace Slipway.Inference.Engine.Batching;

/// <summary>Durations in the unit of a clock's timestamps.</summary>
internal static class Timestamps
{
    /// <summary>A duration in timestamp units; so long a one that it never ends is cut to what can be added to a timestamp.</summary>
    public static long Of(TimeProvider time, TimeSpan duration) =>
        (long)Math.Min(duration.TotalSeconds * time.TimestampFrequency, long.MaxValue / 4);
}
