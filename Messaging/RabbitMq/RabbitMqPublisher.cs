using System.Diagnostics.Metrics;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Slipway.Messaging.RabbitMq;

/// <summary>Publishes with the broker's confirmation, within a limit: without one, a publish would wait for as long as the broker is away.</summary>
internal sealed class RabbitMqPublisher(
    IBus bus,
    BrokerAddress broker,
    IOptions<MessagingOptions> options,
    TimeProvider clock,
    IMeterFactory meters
) : IMessagePublisher
{
    private readonly TimeSpan _limit = TimeSpan.FromSeconds(options.Value.PublishTimeoutSeconds);
    private readonly PublisherMetrics _metrics = new(meters, "rabbitmq");

    public Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(message);
        return _metrics.MeasureAsync<T>(clock, () => PublishWithinLimitAsync(message, cancellationToken));
    }

    private async Task PublishWithinLimitAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        using var timeout = new CancellationTokenSource(_limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            // The bus does not look at the token everywhere (while it waits for a confirmation), so the wait has its own.
            await bus.Publish(message, both.Token).WaitAsync(both.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var reason = timeout.IsCancellationRequested
                ? $"did not confirm it within {_limit.TotalSeconds:0} s"
                : $"did not take it: {e.Message}";
            throw new MessageNotPublishedException($"{typeof(T).Name} was not published: the broker at {broker} {reason}", e);
        }
    }
}
