using MassTransit;

namespace Slipway.Messaging.RabbitMq;

/// <summary>
/// A failing message is tried a few times and then moved to <c>{queue}_error</c>. During an outage it is tried for hours instead: the message is not at fault, and moving a whole
/// queue to the error queue because the database restarts would lose its predictions from the monitors until someone replays them.
/// </summary>
internal static class RetryPolicy
{
    internal static void Configure(IConsumePipeConfigurator endpoint, MessagingOptions options)
    {
        var first = TimeSpan.FromMilliseconds(options.FirstRetryDelayMs);
        var longest = TimeSpan.FromMilliseconds(Math.Max(options.FirstRetryDelayMs, options.MaxRetryDelayMs));
        if (options.OutageRetries > 0)
        {
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(Outage.IsOutage);
                retry.Exponential(options.OutageRetries, first, longest, first);
            });
        }

        if (options.Retries > 0)
        {
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(e => !Outage.IsOutage(e));
                retry.Exponential(options.Retries, first, longest, first);
            });
        }
    }
}
