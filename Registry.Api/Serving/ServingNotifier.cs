using System.Threading.Channels;

namespace Slipway.Registry.Api.Serving;

/// <summary>Tells waiting requests that the serving state has changed, and hands changes made here to the publisher of hints.</summary>
internal sealed class ServingNotifier(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _revision;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Only the newest revision matters: an older hint that was not sent yet is dropped.
    private readonly Channel<long> _hints = Channel.CreateBounded<long>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    private int _waiting;

    /// <summary>Requests that wait now.</summary>
    public int WaitingCount => Volatile.Read(ref _waiting);

    /// <summary>The newest revision seen.</summary>
    public long Revision
    {
        get
        {
            lock (_lock)
            {
                return _revision;
            }
        }
    }

    /// <summary>Revisions that this process has committed, for the publisher.</summary>
    public ChannelReader<long> Hints => _hints.Reader;

    /// <summary>This process has committed a revision.</summary>
    public void Committed(long revision)
    {
        Observed(revision);
        _hints.Writer.TryWrite(revision);
    }

    /// <summary>The database shows a revision; perhaps another replica has committed it.</summary>
    public void Observed(long revision)
    {
        TaskCompletionSource? wake = null;
        lock (_lock)
        {
            if (revision > _revision)
            {
                _revision = revision;
                wake = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
        wake?.SetResult();
    }

    /// <summary>Waits until a revision after <paramref name="known"/> is seen, or until <paramref name="limit"/> has passed.</summary>
    public async Task WaitForAfterAsync(long known, TimeSpan limit, CancellationToken ct)
    {
        Task changed;
        lock (_lock)
        {
            if (_revision > known)
            {
                return;
            }
            changed = _changed.Task;
        }
        Interlocked.Increment(ref _waiting);
        try
        {
            await changed.WaitAsync(limit, time, ct);
        }
        catch (TimeoutException)
        {
            // Nothing changed: the caller says so.
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
