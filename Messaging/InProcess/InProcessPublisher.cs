namespace Slipway.Messaging.InProcess;

internal sealed class InProcessPublisher(InProcessBus bus) : IMessagePublisher
{
    public Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(message);
        return bus.PublishAsync(message, cancellationToken);
    }
}
