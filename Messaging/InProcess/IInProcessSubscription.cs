namespace Slipway.Messaging.InProcess;

/// <summary>One consumer of one message type on the <see cref="InProcessBus"/>.</summary>
internal interface IInProcessSubscription : IDisposable
{
    Task DeliverAsync(object message, CancellationToken cancellationToken);
}
