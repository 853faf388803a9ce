using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Messaging.InProcess;

/// <summary>Connects a service's consumers to the <see cref="InProcessBus"/>.</summary>
internal static class InProcessServices
{
    internal static void AddInProcessMessaging(this IServiceCollection services, IReadOnlyList<ConsumerRegistration> consumers)
    {
        services.AddSingleton<IMessagePublisher, InProcessPublisher>();
        services.AddMediator(mediator =>
        {
            foreach (var consumer in consumers)
            {
                consumer.Register(mediator);
            }
        });
        services.AddHostedService(provider => new InProcessSubscriber(provider.GetRequiredService<InProcessBus>(), provider, consumers));
    }
}
