namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// The system's time with timers that keep microseconds: the framework's own fire a millisecond or more late, which is longer than most batches may wait. Its
/// callbacks share one thread and must be short.
/// </summary>
internal sealed class PreciseTimeProvider : TimeProvider
{
    private PreciseTimeProvider() { }

    public static PreciseTimeProvider Instance { get; } = new();

    /// <summary>The same time, with precise timers where it is the system's.</summary>
    public static TimeProvider For(TimeProvider time) => ReferenceEquals(time, System) ? Instance : time;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan)
        {
            throw new NotSupportedException("A precise timer fires once each time it is set.");
        }

        var timer = new PreciseTimer(callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
