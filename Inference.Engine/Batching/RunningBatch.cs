namespace Slipway.Inference.Engine.Batching;

/// <summary>The requests of one run. When the last of them has given up, the run is stopped: nobody is waiting for it.</summary>
internal sealed class RunningBatch(TimeSpan maxDelay) : IDisposable
{
    private readonly CancellationTokenSource _abandoned = new();
    private readonly List<PendingInference> _members = [];

    // One more than the members that still wait while the batch is being filled, so that an early leaver does not stop it. Falls only, once sealed.
    private int _waiting = 1;

    public IReadOnlyList<PendingInference> Members => _members;

    public CancellationToken Abandoned => _abandoned.Token;

    public int Rows { get; private set; }

    /// <summary>How long the batch may wait for more: never so long that a member's own time limit is at stake.</summary>
    public TimeSpan WaitLimit { get; private set; } = maxDelay;

    public bool TryAdd(PendingInference request)
    {
        Interlocked.Increment(ref _waiting);
        if (!request.TryEnter(this))
        {
            Interlocked.Decrement(ref _waiting);
            return false;
        }

        _members.Add(request);
        Rows += request.Rows;
        if (request.TimeLimit / 2 < WaitLimit)
        {
            WaitLimit = request.TimeLimit / 2;
        }

        return true;
    }

    /// <summary>No more members; false when all have left already.</summary>
    public bool Seal() => Interlocked.Decrement(ref _waiting) > 0;

    public void MemberLeft()
    {
        if (Interlocked.Decrement(ref _waiting) == 0)
        {
            // Does not run the runtime's callback here when the batch is at its end and already disposed.
            try
            {
                _abandoned.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The run ended in the same moment: there is nothing left to stop.
            }
        }
    }

    public void Dispose() => _abandoned.Dispose();
}
