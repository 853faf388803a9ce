namespace Slipway.Messaging.InProcess;

internal interface IInProcessSubscription : IDisposable
{
    Task DeliverAsync(object message, CancellationToken cancellationToken);
}
