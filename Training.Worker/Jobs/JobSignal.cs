using System.Threading.Channels;

namespace Slipway.Training.Worker.Jobs;

/// <summary>A hint within this process that a job was made, so that it need not wait for the next poll.</summary>
internal sealed class JobSignal
{
    private readonly Channel<bool> _hints = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Set() => _hints.Writer.TryWrite(true);

    /// <summary>Returns on a hint or when the time is over, whichever comes first.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            await _hints.Reader.ReadAsync(linked.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The time is over.
        }
    }
}
