using Microsoft.Extensions.Hosting;

namespace Slipway.Messaging.InProcess;

/// <summary>Subscribes the service's consumers while its host runs.</summary>
internal sealed class InProcessSubscriber(InProcessBus bus, IServiceProvider services, IReadOnlyList<ConsumerRegistration> consumers)
    : IHostedService
{
    private readonly List<IDisposable> _subscriptions = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscriptions.AddRange(consumers.Select(consumer => consumer.Subscribe(bus, services)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        _subscriptions.Clear();
        return Task.CompletedTask;
    }
}
