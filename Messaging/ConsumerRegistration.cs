using MassTransit;
using MassTransit.Mediator;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Messaging;

/// <summary>One consumer as the service asked for it; knows the types, so that nothing else needs reflection.</summary>
internal abstract class ConsumerRegistration(Type messageType, string? queue, int prefetch, int concurrency)
{
    internal Type MessageType { get; } = messageType;

    /// <summary>The durable queue, or null for a hint.</summary>
    internal string? Queue { get; } = queue;

    internal int Prefetch { get; } = prefetch;

    internal int Concurrency { get; } = concurrency;

    internal abstract void Register(IRegistrationConfigurator registration);

    internal abstract void Configure(IReceiveEndpointConfigurator endpoint, IRegistrationContext context);

    internal abstract IDisposable Subscribe(InProcessBus bus, IServiceProvider services);
}

/// <inheritdoc />
internal sealed class ConsumerRegistration<TMessage, TConsumer>(string? queue, int prefetch, int concurrency)
    : ConsumerRegistration(typeof(TMessage), queue, prefetch, concurrency)
    where TMessage : class
    where TConsumer : class, IConsumer<TMessage>
{
    internal override void Register(IRegistrationConfigurator registration) => registration.AddConsumer<TConsumer>();

    internal override void Configure(IReceiveEndpointConfigurator endpoint, IRegistrationContext context) =>
        endpoint.ConfigureConsumer<TConsumer>(context);

    internal override IDisposable Subscribe(InProcessBus bus, IServiceProvider services)
    {
        var mediator = services.GetRequiredService<IMediator>();
        return bus.Subscribe<TMessage>(
            mediator.Publish,
            hint: Queue is null,
            Concurrency,
            services.GetRequiredService<ILogger<InProcessBus>>()
        );
    }
}
