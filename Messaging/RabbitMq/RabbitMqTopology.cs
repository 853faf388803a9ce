using MassTransit;
using Slipway.Contracts.Messages;
using Slipway.Messaging.Topology;

namespace Slipway.Messaging.RabbitMq;

/// <summary>
/// Exchanges, queues and bindings. A message type has a fanout exchange; a durable one also its quorum queue, declared by publishers and consumer alike. (A consumer's endpoint binds
/// the queue through an exchange of its own as well; RabbitMQ puts a message into a queue once, however many ways lead there.)
/// </summary>
internal static class RabbitMqTopology
{
    private const int MaxHints = 64;
    private static readonly TimeSpan s_hintQueueExpiry = TimeSpan.FromMinutes(10);

    internal static void Configure(
        IRabbitMqBusFactoryConfigurator rabbit,
        IRegistrationContext context,
        BrokerAddress broker,
        MessagingOptions options,
        IReadOnlyList<ConsumerRegistration> consumers
    )
    {
        rabbit.Host(broker.Uri, host => host.PublisherConfirmation = true);
        rabbit.MessageTopology.SetEntityNameFormatter(new PrefixedEntityNames(options.Prefix));
        BindQueue<PredictionsLogged>(rabbit, options);
        BindQueue<TrainModel>(rabbit, options);
        foreach (var consumer in consumers)
        {
            if (consumer.Queue is { } queue)
            {
                rabbit.ReceiveEndpoint(options.Prefix + queue, endpoint => ConfigureDurable(endpoint, context, consumer, options));
            }
            else
            {
                var name = $"{options.Prefix}hint-{KebabCase.Of(consumer.MessageType)}-{NewId.NextGuid():N}";
                rabbit.ReceiveEndpoint(name, endpoint => ConfigureHint(endpoint, context, consumer));
            }
        }
    }

    private static void BindQueue<T>(IRabbitMqBusFactoryConfigurator rabbit, MessagingOptions options)
        where T : class
    {
        var queue = MessageRoutes.QueueOf(typeof(T))!;
        var exchange = options.Prefix + KebabCase.Of(typeof(T));
        rabbit.Publish<T>(publish => publish.BindQueue(exchange, options.Prefix + queue, binding => Shape(binding, options)));
    }

    /// <summary>What a durable queue is made of: the same from both sides, or the broker refuses whoever comes second.</summary>
    private static void Shape(IRabbitMqQueueConfigurator queue, MessagingOptions options)
    {
        queue.SetQuorumQueue();
        queue.SetQueueArgument("x-max-length-bytes", options.MaxQueueBytes);
        queue.SetQueueArgument("x-overflow", "reject-publish");
        // RabbitMQ 4 drops a message at its 21st delivery unless told otherwise, and an outage of some hours, or a service that keeps restarting, is as many. When to give up is for
        // the consumer to say: it moves the message to the error queue.
        queue.SetQueueArgument("x-delivery-limit", int.MaxValue);
    }

    private static void ConfigureDurable(
        IRabbitMqReceiveEndpointConfigurator endpoint,
        IRegistrationContext context,
        ConsumerRegistration consumer,
        MessagingOptions options
    )
    {
        Shape(endpoint, options);
        endpoint.PrefetchCount = (ushort)consumer.Prefetch;
        endpoint.ConcurrentMessageLimit = consumer.Concurrency;
        // Nobody listens to faults: a failed message is in the error queue.
        endpoint.PublishFaults = false;
        RetryPolicy.Configure(endpoint, options);
        consumer.Configure(endpoint, context);
    }

    private static void ConfigureHint(
        IRabbitMqReceiveEndpointConfigurator endpoint,
        IRegistrationContext context,
        ConsumerRegistration consumer
    )
    {
        // RabbitMQ 4.3 knows no other kind of queue that outlives its connection. It still goes with its consumer, or soon after if that vanishes while the broker is away.
        endpoint.Durable = true;
        endpoint.AutoDelete = true;
        endpoint.QueueExpiration = s_hintQueueExpiry;
        // When full the oldest is dropped, since a newer hint says as much.
        endpoint.SetQueueArgument("x-max-length", MaxHints);
        endpoint.PrefetchCount = (ushort)consumer.Prefetch;
        endpoint.ConcurrentMessageLimit = consumer.Concurrency;
        endpoint.PublishFaults = false;
        // A hint that cannot be handled is dropped: an error queue of a temporary queue would stay for ever.
        endpoint.DiscardFaultedMessages();
        endpoint.DiscardSkippedMessages();
        consumer.Configure(endpoint, context);
    }
}
