using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Slipway.Messaging.InProcess;
using Slipway.Messaging.RabbitMq;

namespace Slipway.Messaging;

/// <summary>Connects a service to the others.</summary>
public static class MessagingExtensions
{
    /// <summary>
    /// Adds <see cref="IMessagePublisher"/> and the consumers that <paramref name="configure"/> names. Over RabbitMQ when <c>ConnectionStrings:rabbitmq</c> is set; within the process
    /// when an <see cref="InProcessBus"/> has been registered as an instance before.
    /// </summary>
    public static TBuilder AddMessaging<TBuilder>(this TBuilder builder, Action<MessagingBuilder> configure)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var messaging = new MessagingBuilder();
        configure(messaging);
        builder.Services.AddMetrics();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder
            .Services.AddOptions<MessagingOptions>()
            .BindConfiguration(MessagingOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();

        var inProcess = builder.Services.LastOrDefault(s => s.ServiceType == typeof(InProcessBus))?.ImplementationInstance as InProcessBus;
        if (inProcess is not null)
        {
            builder.Services.AddInProcessMessaging(messaging.Consumers);
            return builder;
        }

        var connection = builder.Configuration.GetConnectionString(MessagingOptions.ConnectionName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new InvalidOperationException(
                "ConnectionStrings:rabbitmq is not set (environment variable ConnectionStrings__rabbitmq). Set it to the broker's URI, such as "
                    + "amqp://user:password@localhost:5672, or run every role in one process with Standalone, which needs no broker."
            );
        }

        builder.Services.AddRabbitMqMessaging(BrokerAddress.Parse(connection), messaging.Consumers);
        return builder;
    }
}
