namespace Slipway.Inference.Service.Predictions;

/// <summary>How often something happened, and how long it took in all.</summary>
internal readonly record struct CountedTime(long Count, TimeSpan Total)
{
    public long Nanoseconds => Total.Ticks * TimeSpan.NanosecondsPerTick;
}
