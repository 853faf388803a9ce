using System.Diagnostics.Metrics;

namespace Slipway.Messaging.InProcess;

/// <summary>Publishes over the <see cref="InProcessBus"/>.</summary>
internal sealed class InProcessPublisher(InProcessBus bus, TimeProvider clock, IMeterFactory meters) : IMessagePublisher
{
    private readonly PublisherMetrics _metrics = new(meters, "in_process");

    public Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(message);
        return _metrics.MeasureAsync<T>(clock, () => bus.PublishAsync(message, cancellationToken));
    }
}
