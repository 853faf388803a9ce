using System.Threading.Channels;

namespace Slipway.ServiceDefaults.Workers;

/// <summary>Wakes a worker before its periodic pass is due. One pending signal says as much as a hundred, so further ones are dropped.</summary>
public abstract class WakeSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Wakes the worker, now or as soon as it waits.</summary>
    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Completes at the next signal, or after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await _channel.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The periodic pass is due.
        }
    }
}
