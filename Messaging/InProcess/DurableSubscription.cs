namespace Slipway.Messaging.InProcess;

/// <summary>Hands a message to its consumer within the publisher's call, at most <paramref name="concurrency"/> at once.</summary>
internal sealed class DurableSubscription<T>(Func<T, CancellationToken, Task> handler, int concurrency) : IInProcessSubscription
    where T : class
{
    private readonly SemaphoreSlim _slots = new(concurrency, concurrency);

    public async Task DeliverAsync(object message, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            await handler((T)message, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new MessageNotPublishedException($"The consumer of {typeof(T).Name} failed: {e.Message}", e);
        }
        finally
        {
            _slots.Release();
        }
    }

    // A publisher may still be inside; the semaphore holds nothing that needs releasing.
    public void Dispose() { }
}
