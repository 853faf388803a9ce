using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Artifacts.Multipart;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Artifacts.Collection;

/// <summary>Asks for a collection before its time.</summary>
internal sealed class CollectionSignal : WakeSignal;

/// <summary>From time to time: gives up expired uploads, removes what was deleted long ago, collects bytes that nothing refers to any more.</summary>
internal sealed class CollectionWorker(
    UploadStore uploads,
    DeletedTracking tracking,
    BlobCollector collector,
    IBlobStore blobs,
    ArtifactMetrics metrics,
    CollectionSignal signal,
    IOptions<RetentionOptions> options,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<CollectionWorker> logger
) : PassWorker(signal, TimeSpan.FromMinutes(options.Value.IntervalMinutes), readiness, time, logger)
{
    // What lies aside for longer than any upload takes was left by a process that was killed.
    private static readonly TimeSpan s_abandonedAge = TimeSpan.FromDays(1);
    private readonly TimeProvider _time = time;

    public override async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var policy = options.Value;
        var now = _time.GetUtcNow();
        var grace = TimeSpan.FromHours(policy.BlobGraceHours);
        metrics.Expired(await uploads.ExpireAsync(ct));
        if (policy.DeletedDays > 0)
        {
            await tracking.RemoveAsync(TimeSpan.FromDays(policy.DeletedDays), ct);
        }
        await blobs.DeleteAbandonedAsync(now - s_abandonedAge, ct);
        await collector.AdoptStraysAsync(now - grace, ct);
        await collector.MarkAsync(ct);
        await collector.SweepAsync(grace, ct);
        await collector.ReportAsync(grace, 0, ct);
        return false;
    }
}
