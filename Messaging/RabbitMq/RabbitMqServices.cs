using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Slipway.Messaging.RabbitMq;

/// <summary>Connects a service's consumers and its publisher to RabbitMQ.</summary>
internal static class RabbitMqServices
{
    internal static void AddRabbitMqMessaging(
        this IServiceCollection services,
        BrokerAddress broker,
        IReadOnlyList<ConsumerRegistration> consumers
    )
    {
        services.AddSingleton(broker);
        services.AddSingleton<IMessagePublisher, RabbitMqPublisher>();
        // The service starts, and serves, while the broker is away; the bus goes on trying.
        services
            .AddOptions<MassTransitHostOptions>()
            .Configure<IOptions<MessagingOptions>>(
                (host, messaging) =>
                {
                    host.WaitUntilStarted = false;
                    host.StopTimeout = TimeSpan.FromSeconds(messaging.Value.DrainSeconds);
                    host.ConsumerStopTimeout = TimeSpan.FromSeconds(messaging.Value.DrainSeconds);
                }
            );
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.ConfigureHealthCheckOptions(health =>
            {
                health.Name = MessagingOptions.ConnectionName;
                // Every service can work without the broker for a while (predictions are spooled, jobs found by their pass), so its loss must not take them off the load balancer.
                health.MinimalFailureStatus = HealthStatus.Degraded;
                health.Tags.Add("ready");
            });
            foreach (var consumer in consumers)
            {
                consumer.Register(bus);
            }

            bus.UsingRabbitMq(
                (context, rabbit) =>
                    RabbitMqTopology.Configure(
                        rabbit,
                        context,
                        broker,
                        context.GetRequiredService<IOptions<MessagingOptions>>().Value,
                        consumers
                    )
            );
        });
    }
}
