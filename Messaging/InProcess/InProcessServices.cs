using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Messaging.InProcess;

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
