namespace Slipway.Registry.Api.Data;

/// <summary>
/// Gathers what arrives while a turn runs and gives all of it to the next turn: a rush costs few turns, and a lone item waits for nobody. At most so many turns
/// run at once, each with items up to a weight; what would wait beyond the bound is refused.
/// </summary>
/// <param name="bounds">How much runs and waits.</param>
/// <param name="weigh">What an item counts for; at least 1.</param>
/// <param name="turn">Handles items and tells each of them what came of it.</param>
/// <param name="fail">Tells an item of a turn that threw; it may have been told already. It must not throw.</param>
internal sealed class Gatherer<T>(GathererBounds bounds, Func<T, int> weigh, Func<IReadOnlyList<T>, Task> turn, Action<T, Exception> fail)
{
    private readonly Lock _lock = new();
    private readonly Queue<T> _waiting = new();
    private long _waitingWeight;
    private int _running;

    /// <summary>Adds an item to the next turn; <see cref="BusyException"/> where too much waits already.</summary>
    public void Add(T item)
    {
        var weight = weigh(item);
        bool start;
        lock (_lock)
        {
            if (_waiting.Count > 0 && _waitingWeight + weight > bounds.WaitingWeight)
            {
                throw new BusyException();
            }
            _waiting.Enqueue(item);
            _waitingWeight += weight;
            start = _running == 0 || (_running < bounds.Turns && _waitingWeight >= bounds.FurtherTurnWeight);
            _running += start ? 1 : 0;
        }
        if (start)
        {
            // The turns that follow belong to no single request: they must not go on in the context of this one.
            using (ExecutionContext.SuppressFlow())
            {
                _ = RunAsync();
            }
        }
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } items)
        {
            try
            {
                await turn(items);
            }
            catch (Exception e)
            {
                // Its callers have it; what waits needs the next turn all the same.
                items.ForEach(item => fail(item, e));
            }
        }
    }

    private List<T> Take()
    {
        var items = new List<T>();
        lock (_lock)
        {
            var weight = 0L;
            while (_waiting.TryPeek(out var next) && (items.Count == 0 || weight + weigh(next) <= bounds.TurnWeight))
            {
                items.Add(_waiting.Dequeue());
                weight += weigh(next);
            }
            _waitingWeight -= weight;
            if (items.Count == 0)
            {
                _running--;
            }
        }
        return items;
    }
}

/// <summary>The bounds of a <see cref="Gatherer{T}"/>.</summary>
/// <param name="Turns">Turns that run at once, at most.</param>
/// <param name="FurtherTurnWeight">What must wait for a turn to begin beside another: what is lighter is cheaper together than at once.</param>
/// <param name="TurnWeight">The items of one turn, at most; a single item may be heavier.</param>
/// <param name="WaitingWeight">All that waits, at most; a single item may be heavier.</param>
internal sealed record GathererBounds(int Turns, int FurtherTurnWeight, int TurnWeight, int WaitingWeight);
