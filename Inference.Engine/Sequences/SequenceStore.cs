using System.Diagnostics.CodeAnalysis;

namespace Slipway.Inference.Engine.Sequences;

/// <summary>The sequences of one model, by correlation id: bounded in number, and forgotten when idle.</summary>
internal sealed class SequenceStore : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SequenceState> _sequences = new(StringComparer.Ordinal);
    private readonly int _limit;
    private readonly TimeSpan _idleLimit;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;

    public SequenceStore(int limit, TimeSpan idleLimit, TimeProvider time)
    {
        _limit = limit;
        _idleLimit = idleLimit;
        _time = time;
        var period = TimeSpan.FromTicks(Math.Max(idleLimit.Ticks / 4, TimeSpan.TicksPerMillisecond * 10));
        _sweep = time.CreateTimer(static state => ((SequenceStore)state!).ForgetIdle(), this, period, period);
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _sequences.Count;
            }
        }
    }

    /// <summary>
    /// The sequence, for one request that will <see cref="Leave"/> it. A start makes a new one in place of an older; without a start it must be there.
    /// </summary>
    public bool TryEnter(string correlationId, bool starts, [NotNullWhen(true)] out SequenceState? state, out bool isFull)
    {
        isFull = false;
        lock (_gate)
        {
            if (_sequences.TryGetValue(correlationId, out state) && starts)
            {
                // Who still runs in the older one ends there.
                Remove(correlationId, state);
                state = null;
            }

            if (state is null && starts)
            {
                isFull = _sequences.Count >= _limit;
                if (!isFull)
                {
                    _sequences.Add(correlationId, state = new SequenceState());
                }
            }

            if (state is null)
            {
                return false;
            }

            state.Users++;
            return true;
        }
    }

    public void Leave(string correlationId, SequenceState state, bool ends)
    {
        lock (_gate)
        {
            state.Users--;
            state.IdleSince = _time.GetTimestamp();
            if (ends && !state.IsGone)
            {
                Remove(correlationId, state);
            }
            else if (state is { IsGone: true, Users: 0 })
            {
                state.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        lock (_gate)
        {
            foreach (var (id, state) in _sequences.ToArray())
            {
                Remove(id, state);
            }
        }
    }

    private void ForgetIdle()
    {
        lock (_gate)
        {
            foreach (var (id, state) in _sequences.ToArray())
            {
                if (state.Users == 0 && _time.GetElapsedTime(state.IdleSince) >= _idleLimit)
                {
                    Remove(id, state);
                }
            }
        }
    }

    private void Remove(string correlationId, SequenceState state)
    {
        _sequences.Remove(correlationId);
        state.IsGone = true;
        if (state.Users == 0)
        {
            state.Dispose();
        }
    }
}
