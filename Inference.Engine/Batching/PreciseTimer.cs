namespace Slipway.Inference.Engine.Batching;

/// <summary>A timer of <see cref="PreciseTimeProvider"/>.</summary>
internal sealed class PreciseTimer(TimerCallback callback, object? state) : ITimer
{
    /// <summary>Rises each time the timer is set, so that an older setting is known when its time comes; under the clock's lock.</summary>
    public long Setting { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        PreciseTimerThread.Set(this, dueTime);
        return true;
    }

    public void Fire() => callback(state);

    public void Dispose() => PreciseTimerThread.Set(this, Timeout.InfiniteTimeSpan);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
