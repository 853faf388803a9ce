using MassTransit;
using Slipway.Messaging.Topology;

namespace Slipway.Messaging;

/// <summary>What a service consumes.</summary>
public sealed class MessagingBuilder
{
    private readonly List<ConsumerRegistration> _consumers = [];

    internal IReadOnlyList<ConsumerRegistration> Consumers => _consumers;

    /// <summary>
    /// Consumes <typeparamref name="TMessage"/> from a durable queue that all replicas of the service share. <paramref name="queue"/> must be the one that
    /// <see cref="MessageRoutes"/> names for a well-known message, since its publishers create that queue.
    /// </summary>
    /// <param name="queue">The queue's name, without prefix.</param>
    /// <param name="prefetch">How many messages the broker hands to this process ahead of their acknowledgement.</param>
    /// <param name="concurrency">How many of them are handled at once.</param>
    public MessagingBuilder Consume<TMessage, TConsumer>(string queue, int prefetch = 16, int concurrency = 1)
        where TMessage : class
        where TConsumer : class, IConsumer<TMessage>
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(queue);
        ArgumentOutOfRangeException.ThrowIfLessThan(prefetch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(concurrency, 1);
        if (MessageRoutes.QueueOf(typeof(TMessage)) is { } known && known != queue)
        {
            throw new ArgumentException($"{typeof(TMessage).Name} is published to the queue '{known}', not to '{queue}'.", nameof(queue));
        }

        return Add(new ConsumerRegistration<TMessage, TConsumer>(queue, prefetch, concurrency));
    }

    /// <summary>
    /// Consumes <typeparamref name="TMessage"/> in every process, from a temporary queue. Messages sent while this process is away are not kept: use it for hints, whose loss a
    /// periodic pass repairs.
    /// </summary>
    public MessagingBuilder ConsumeHint<TMessage, TConsumer>()
        where TMessage : class
        where TConsumer : class, IConsumer<TMessage>
    {
        if (MessageRoutes.QueueOf(typeof(TMessage)) is not null)
        {
            throw new ArgumentException($"{typeof(TMessage).Name} is a durable message: use Consume.");
        }

        return Add(new ConsumerRegistration<TMessage, TConsumer>(queue: null, prefetch: 16, concurrency: 1));
    }

    private MessagingBuilder Add(ConsumerRegistration registration)
    {
        if (_consumers.Any(c => c.MessageType == registration.MessageType))
        {
            throw new ArgumentException($"{registration.MessageType.Name} already has a consumer in this service.");
        }

        _consumers.Add(registration);
        return this;
    }
}
