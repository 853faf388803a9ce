using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Vetting;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Judges open promotions that are due, and closes those that have expired.</summary>
internal sealed class PromotionWorker(
    IDbContextFactory<RegistryDb> databases,
    PromotionDecider decider,
    PromotionSignal signal,
    IOptions<PromotionOptions> options,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<PromotionWorker> logger
) : PassWorker(signal, TimeSpan.FromSeconds(options.Value.IntervalSeconds), readiness, time, logger)
{
    private const int MaxPerPass = 100;
    private readonly TimeProvider _time = time;
    private readonly ILogger<PromotionWorker> _logger = logger;

    public override async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = _time.GetUtcNow();
        // Those that wait for vetting stay where they are until they expire; a version deleted since has no row, and is decided too.
        var due = await db
            .Promotions.Where(p =>
                PromotionStatus.Open.Contains(p.Status)
                && (
                    p.ExpiresAt <= now
                    || (
                        p.DueAt <= now
                        && !db.Versions.Any(v =>
                            v.ModelId == p.ModelId && v.Version == p.Version && v.VettingStatus == VettingStatus.Pending
                        )
                    )
                )
            )
            .OrderBy(p => p.DueAt)
            .ThenBy(p => p.Id)
            .Select(p => p.Id)
            .Take(MaxPerPass)
            .ToListAsync(ct);
        var judged = 0;
        foreach (var id in due)
        {
            try
            {
                await decider.DecideAsync(id, ct);
                judged++;
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !DatabaseFailure.IsTemporary(e))
            {
                // It stays open, goes to the end of the line and is tried again: one that cannot be judged must not hold up the others.
                RegistryLog.PromotionFailed(_logger, e, id);
                var again = now.AddSeconds(options.Value.IntervalSeconds);
                await db.Promotions.Where(p => p.Id == id).ExecuteUpdateAsync(set => set.SetProperty(p => p.DueAt, again), ct);
            }
        }
        // Each judged one is closed or due later, so that a full page is followed by another and an idle one by the pause.
        return judged > 0;
    }
}
