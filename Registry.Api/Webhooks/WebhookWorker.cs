using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>Claims deliveries and sends them side by side, so that a receiver that is slow to answer holds up no other.</summary>
internal sealed class WebhookWorker(
    DeliveryQueue queue,
    WebhookSender sender,
    WebhookSignal signal,
    IOptions<WebhookOptions> options,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<WebhookWorker> logger
) : PassWorker(signal, s_interval, readiness, time, logger)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_cleaningInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(5);

    private readonly WebhookOptions _options = options.Value;
    private readonly TimeProvider _time = time;
    private readonly ILogger _logger = logger;
    private readonly WebhookSignal _signal = signal;
    private readonly ConcurrentDictionary<Guid, Task> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private DateTimeOffset _cleanedAt = DateTimeOffset.MinValue;

    public override async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        if (_time.GetUtcNow() - _cleanedAt >= s_cleaningInterval)
        {
            await queue.CleanAsync(TimeSpan.FromDays(_options.RetentionDays), ct);
            _cleanedAt = _time.GetUtcNow();
        }
        var free = _options.Concurrency - _running.Count;
        if (free <= 0)
        {
            return false;
        }
        // Longer than an attempt can take, so that nobody else starts it while it runs.
        var lease = TimeSpan.FromSeconds(_options.TimeoutSeconds + 15);
        var claimed = await queue.ClaimAsync(free, lease, ct);
        foreach (var delivery in claimed)
        {
            _running[delivery.Id] = Task.Run(() => DeliverAsync(delivery), CancellationToken.None);
        }
        return false;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _stop.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_running.Values), Task.Delay(s_drain, _time, cancellationToken));
    }

    public override void Dispose()
    {
        base.Dispose();
        _stop.Dispose();
    }

    private async Task DeliverAsync(ClaimedDelivery delivery)
    {
        try
        {
            var body = WebhookPayload.Of(delivery.Event, delivery.Entry);
            var result = await sender.SendAsync(delivery.WebhookId, delivery.Url, delivery.Secret, delivery.Id, body, _stop.Token);
            await queue.CompleteAsync(delivery, result, RetryIn(delivery, result), CancellationToken.None);
            if (!result.Delivered)
            {
                WebhookLog.DeliveryFailed(_logger, delivery.Id, delivery.WebhookId, delivery.Attempt, result.Status, result.Error);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            await ReleaseAsync(delivery);
        }
#pragma warning disable CA1031 // Whatever went wrong, the claim runs out and the delivery is tried again.
        catch (Exception e)
#pragma warning restore CA1031 // see above
        {
            WebhookLog.DeliveryBroken(_logger, e, delivery.Id);
        }
        finally
        {
            _running.TryRemove(delivery.Id, out _);
            // The next one of this webhook may go.
            _signal.Wake();
        }
    }

    private async Task ReleaseAsync(ClaimedDelivery delivery)
    {
        try
        {
            await queue.ReleaseAsync(delivery, CancellationToken.None);
        }
        catch (Exception e) when (DatabaseFailure.IsTemporary(e))
        {
            // The claim runs out by itself.
            WebhookLog.DeliveryBroken(_logger, e, delivery.Id);
        }
    }

    private TimeSpan? RetryIn(ClaimedDelivery delivery, AttemptResult result) =>
        result.Delivered || result.Refused || !RetryPlan.MayPass(result.Status)
            ? null
            : RetryPlan.Delay(
                delivery.Attempt,
                TimeSpan.FromMilliseconds(_options.FirstRetryDelayMs),
                TimeSpan.FromSeconds(_options.MaxRetryDelaySeconds),
                result.RetryAfter,
                RandomNumberGenerator.GetInt32(1000) / 1000.0
            );
}
