namespace Slipway.Inference.Engine.Batching;

/// <summary>Waiting requests that may run together: of equal shape beyond the first dimension, in the order in which they go. The batcher's lock guards it.</summary>
internal sealed class RequestLane(bool joins)
{
    private readonly LinkedList<PendingInference> _waiting = new();

    /// <summary>Whether its requests may be joined; otherwise each is a run.</summary>
    public bool Joins => joins;

    public int Rows { get; private set; }

    /// <summary>When the last request came.</summary>
    public long LastArrival { get; private set; }

    public bool IsEmpty => _waiting.First is null;

    public PendingInference Head => _waiting.First!.Value;

    public IEnumerable<PendingInference> Requests => _waiting;

    public void Add(PendingInference request)
    {
        var last = _waiting.Last;
        while (last is not null && last.Value.Level > request.Level)
        {
            last = last.Previous;
        }

        request.Node = last is null ? _waiting.AddFirst(request) : _waiting.AddAfter(last, request);
        request.Lane = this;
        Rows += request.Rows;
        LastArrival = Math.Max(LastArrival, request.QueuedAt);
    }

    public void Remove(PendingInference request)
    {
        _waiting.Remove(request.Node!);
        request.Node = null;
        request.Lane = null;
        Rows -= request.Rows;
    }
}
