using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Endpoints;
using Slipway.Registry.Api.Models;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Telemetry;
using Slipway.Registry.Api.Vetting;
using Slipway.Registry.Api.Workers;

namespace Slipway.Registry.Api.Promotions;

/// <summary>
/// Decides promotions whose version is vetted. One transaction under the model's lock evaluates the gates, moves the alias, records the decision and counts the
/// serving revision, so that two replicas, or a promotion and an alias request, never both win.
/// </summary>
internal sealed class PromotionWorker(
    IDbContextFactory<RegistryDb> databases,
    ServingRevision revision,
    PromotionSignal signal,
    ChangeRecorder recorder,
    RegistryMetrics metrics,
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
        // Those that wait for vetting stay where they are; a version deleted since has no row, and is decided too.
        var ready = await db
            .Promotions.Where(p =>
                p.Status == PromotionStatus.Pending
                && !db.Versions.Any(v => v.ModelId == p.ModelId && v.Version == p.Version && v.VettingStatus == VettingStatus.Pending)
            )
            .OrderBy(p => p.CreatedAt)
            .ThenBy(p => p.Id)
            .Select(p => new { p.Id, p.ModelId })
            .Take(MaxPerPass)
            .ToListAsync(ct);
        var decided = 0;
        foreach (var promotion in ready)
        {
            try
            {
                await DecideAsync(promotion.Id, promotion.ModelId, ct);
                decided++;
            }
            catch (Exception e) when (!ct.IsCancellationRequested && !DatabaseFailure.IsTemporary(e))
            {
                // It stays pending and is tried again by the next pass: one that cannot be decided must not hold up the others.
                RegistryLog.PromotionFailed(_logger, e, promotion.Id);
            }
        }
        return decided > 0;
    }

    private async Task DecideAsync(Guid id, long modelId, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, modelId, ct);
        var promotion = await db.Promotions.SingleOrDefaultAsync(p => p.Id == id && p.Status == PromotionStatus.Pending, ct);
        if (model is null || promotion is null)
        {
            // Deleted with its model, or decided by another replica while this one waited for the lock.
            return;
        }
        var facts = await PromotionFactsReader.ReadAsync(db, promotion, ct);
        var gates = PromotionGates.Evaluate(facts);
        var status = PromotionGates.Decide(gates);
        if (status == PromotionStatus.Pending)
        {
            return;
        }
        var now = _time.GetUtcNow();
        promotion.Status = status;
        promotion.Gates = JsonSerializer.Serialize(gates, ContractsJson.Default.IReadOnlyListGateResult);
        promotion.DecidedAt = now;
        promotion.PreviousVersion = facts.Incumbent?.Version;
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, DeliveryChanges.PromotionDecided(model.Name, promotion, PromotionStatus.Pending), ct);
        if (status == PromotionStatus.Promoted)
        {
            await PromoteAsync(db, model, promotion, now, ct);
            await revision.CommitAsync(db, transaction, ct);
        }
        else
        {
            await transaction.CommitAsync(ct);
        }
        metrics.Decided(status);
        RegistryLog.PromotionDecided(_logger, id, model.Name, promotion.Version, promotion.Environment, status);
    }

    private async Task PromoteAsync(
        RegistryDb db,
        RegisteredModelRow model,
        PromotionRow promotion,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await AliasMove.ApplyAsync(db, recorder, model, promotion.Environment, promotion.Version, promotion.Id, now, ct);
        var stage = ModelStages.OfEnvironment(promotion.Environment);
        if (stage != ModelStages.None)
        {
            await StageMove.ApplyAsync(db, recorder, model, promotion.Version, stage, archiveOthers: true, now, ct);
        }
        if (promotion.Environment == Environments.Production)
        {
            await EndpointStore.CreateDefaultAsync(db, recorder, model, now, ct);
        }
    }
}
