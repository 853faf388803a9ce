using System.Threading.Channels;

namespace Slipway.Messaging.InProcess;

/// <summary>Queues a hint for its consumer. At most 64 wait; when full the oldest is dropped, since a newer hint says as much.</summary>
internal sealed class HintSubscription<T> : IInProcessSubscription
    where T : class
{
    private const int Capacity = 64;

    private readonly Channel<T> _queue = Channel.CreateBounded<T>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
    );
    private readonly Func<T, CancellationToken, Task> _handler;
    private readonly CancellationTokenSource _stop = new();

    internal HintSubscription(Func<T, CancellationToken, Task> handler)
    {
        _handler = handler;
        // Started without the caller's trace and culture: it outlives the call.
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(ReadAsync);
        }
    }

    public Task DeliverAsync(object message, CancellationToken cancellationToken)
    {
        _queue.Writer.TryWrite((T)message);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _stop.Cancel();
    }

    private async Task ReadAsync()
    {
        await foreach (var message in _queue.Reader.ReadAllAsync())
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await _handler(message, _stop.Token);
            }
#pragma warning disable CA1031 // A hint's failure is logged by the mediator's own log; the periodic pass does what it asked for.
            catch (Exception)
#pragma warning restore CA1031 // see above
            {
                continue;
            }
        }
    }
}
