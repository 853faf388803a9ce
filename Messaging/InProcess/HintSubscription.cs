using System.Threading.Channels;
using Microsoft.Extensions.Logging;

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

    private readonly ILogger _logger;

    internal HintSubscription(Func<T, CancellationToken, Task> handler, ILogger logger)
    {
        _handler = handler;
        _logger = logger;
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
#pragma warning disable CA1031 // Whatever the consumer throws: the next hint must be handled, and the periodic pass does what this one asked for.
            catch (Exception e)
#pragma warning restore CA1031 // see above
            {
                InProcessLog.HintFailed(_logger, e, typeof(T).Name);
            }
        }
    }
}
