using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Events;
using Slipway.Registry.Api.Webhooks;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Audit;

/// <summary>Seals changes soon after their commit, and wakes those who tell about them.</summary>
internal sealed class AuditSealWorker(
    AuditChain chain,
    ChangeSignal signal,
    WebhookSignal webhooks,
    PublishSignal publisher,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<AuditSealWorker> logger
) : PassWorker(signal, s_interval, readiness, time, logger)
{
    // For changes of workers and of other replicas: those of requests wake it.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    public override async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        if (await chain.SealAsync(ct) == 0)
        {
            return false;
        }
        webhooks.Wake();
        publisher.Wake();
        return true;
    }
}
