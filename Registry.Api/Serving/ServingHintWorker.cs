using Slipway.Contracts.Messages;
using Slipway.Messaging;

namespace Slipway.Registry.Api.Serving;

/// <summary>Publishes <see cref="ServingStateChanged"/> after a change. Losing one costs the replicas no more than their next pull.</summary>
internal sealed class ServingHintWorker(
    ServingNotifier notifier,
    IMessagePublisher publisher,
    TimeProvider time,
    ILogger<ServingHintWorker> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var revision in notifier.Hints.ReadAllAsync(stoppingToken))
        {
            try
            {
                await publisher.PublishAsync(
                    new ServingStateChanged
                    {
                        Id = Guid.NewGuid(),
                        At = time.GetUtcNow(),
                        Revision = revision,
                    },
                    stoppingToken
                );
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // A hint only: whatever went wrong, the next pull has the state.
                RegistryLog.HintFailed(logger, e, revision);
            }
        }
    }
}
