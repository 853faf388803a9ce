namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// A timer that is set to the earliest of the moments asked for since it fired last. Timers of the framework round milliseconds down, and one that fires early would
/// find nothing: unless <paramref name="isPrecise"/>, it is set to whole ones after the moment. The batcher's lock guards it.
/// </summary>
internal sealed class EarliestTimer(TimeProvider time, ITimer timer, bool isPrecise) : IAsyncDisposable
{
    // Timers of the framework end at 49 days.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private long _armedFor = long.MaxValue;

    /// <summary>Fires at <paramref name="due"/> (a timestamp), or earlier where an earlier moment was asked for.</summary>
    public void Arm(long due, long now)
    {
        if (due < _armedFor)
        {
            _armedFor = due;
            var rest = time.GetElapsedTime(now, due);
            rest = isPrecise ? rest : TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds));
            timer.Change(rest < Longest ? rest : Longest, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>It has fired: from now on every moment is asked for anew.</summary>
    public void Fired() => _armedFor = long.MaxValue;

    public ValueTask DisposeAsync() => timer.DisposeAsync();
}
