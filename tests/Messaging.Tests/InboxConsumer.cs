using MassTransit;

namespace Slipway.Messaging.Tests;

/// <summary>Puts what it consumes into the host's <see cref="Inbox"/>.</summary>
public sealed class InboxConsumer<T>(Inbox inbox) : IConsumer<T>
    where T : class
{
    public Task Consume(ConsumeContext<T> context)
    {
        inbox.Add(context.Message);
        return Task.CompletedTask;
    }
}
