using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Models;
using Slipway.Registry.Api.Policies;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Telemetry;

namespace Slipway.Registry.Api.Promotions;

/// <summary>
/// Judges one promotion. One transaction under the model's lock asks the gates, counts the approvals, moves aliases and stage, writes the history and counts
/// the serving revision, so that two replicas, or a promotion and an alias request, never both win, and a killed process leaves nothing half done.
/// </summary>
internal sealed class PromotionDecider(
    IDbContextFactory<RegistryDb> databases,
    ModelPolicies policies,
    PromotionFactsReader facts,
    OpenAlertsReader alerts,
    ServingRevision revision,
    ChangeRecorder recorder,
    RegistryMetrics metrics,
    IOptions<PromotionOptions> options,
    TimeProvider time,
    ILogger<PromotionDecider> logger
)
{
    public async Task DecideAsync(Guid id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await AskMonitoringAsync(db, id, ct) is not { } asked)
        {
            return;
        }
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, asked.ModelId, ct);
        var promotion = await db
            .Promotions.Include(p => p.Events)
            .SingleOrDefaultAsync(p => p.Id == id && PromotionStatus.Open.Contains(p.Status), ct);
        if (model is null || promotion is null)
        {
            // Deleted with its model, or decided by somebody else while this waited for the lock.
            return;
        }
        var now = time.GetUtcNow();
        var before = promotion.Status;
        if (now >= promotion.ExpiresAt)
        {
            Close(promotion, PromotionStatus.Expired, PromotionEventKind.Expired, "Nobody decided it in time.", now);
        }
        else if (await policies.FindAsync(db, model.Id, promotion.Environment, ct) is not { } policy)
        {
            Close(promotion, PromotionStatus.Rejected, PromotionEventKind.Rejected, "The environment does not exist any more.", now);
        }
        else
        {
            await JudgeAsync(db, model, promotion, policy, asked.Alerts, now, ct);
        }
        await CommitAsync(db, transaction, model, promotion, before, ct);
        if (!PromotionStatus.IsOpen(promotion.Status))
        {
            metrics.Decided(promotion.Status);
            RegistryLog.PromotionDecided(logger, id, model.Name, promotion.Version, promotion.Environment, promotion.Status);
        }
    }

    /// <summary>Monitoring is asked before the lock is taken: no other service's time may be spent while the model stands still.</summary>
    private async Task<(long ModelId, OpenAlerts? Alerts)?> AskMonitoringAsync(RegistryDb db, Guid id, CancellationToken ct)
    {
        var row = await db.Promotions.AsNoTracking().Include(p => p.Model).SingleOrDefaultAsync(p => p.Id == id, ct);
        if (row is null)
        {
            return null;
        }
        var policy = await policies.FindAsync(db, row.ModelId, row.Environment, ct);
        var wanted = policy?.Gates?.Any(gate => gate.Gate == GateNames.NoOpenAlert) == true;
        return (row.ModelId, wanted ? await alerts.ReadAsync(row.Model!.Name, row.Version, ct) : null);
    }

    private async Task JudgeAsync(
        RegistryDb db,
        RegisteredModelRow model,
        PromotionRow promotion,
        EnvironmentPolicy policy,
        OpenAlerts? open,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var known = await facts.ReadAsync(db, promotion, policy, open, ct);
        var gates = PromotionGates.Evaluate(policy, known);
        var approvers = FourEyes.Count(policy, promotion.RequestedBy, PromotionReader.Approvers(promotion.Events));
        var status = PromotionGates.Decide(gates, approvers.Count, policy.Approvals);
        var before = Verdicts(JsonSerializer.Deserialize(promotion.Gates, ContractsJson.Default.IReadOnlyListGateResult) ?? []);
        promotion.Gates = JsonSerializer.Serialize(gates, ContractsJson.Default.IReadOnlyListGateResult);
        promotion.Policy = JsonSerializer.Serialize(policy, ContractsJson.Default.EnvironmentPolicy);
        promotion.PreviousVersion = known.Incumbent?.Version;
        switch (status)
        {
            case PromotionStatus.Promoted:
                Close(promotion, status, PromotionEventKind.Promoted, Moved(promotion), now);
                return;
            case PromotionStatus.Rejected:
                var failed = gates.Where(g => g.Status == GateStatus.Failed).Select(g => $"{g.Name}: {g.Detail}");
                Close(promotion, status, PromotionEventKind.Rejected, string.Join(' ', failed), now);
                return;
        }
        if (status != promotion.Status || before != Verdicts(gates))
        {
            promotion.Status = status;
            AddEvent(promotion, PromotionEventKind.Evaluated, Verdicts(gates), now);
        }
        var seconds = status == PromotionStatus.Pending ? options.Value.IntervalSeconds : options.Value.ReevaluateSeconds;
        promotion.DueAt = now.AddSeconds(seconds);
    }

    private async Task CommitAsync(
        RegistryDb db,
        IDbContextTransaction transaction,
        RegisteredModelRow model,
        PromotionRow promotion,
        string before,
        CancellationToken ct
    )
    {
        await db.SaveChangesAsync(ct);
        if (!PromotionStatus.IsOpen(promotion.Status))
        {
            await recorder.RecordAsync(db, DeliveryChanges.PromotionDecided(model.Name, promotion, before), ct);
        }
        if (promotion.Status == PromotionStatus.Promoted)
        {
            await PromotionMove.ApplyAsync(db, recorder, model, promotion, ct);
            await revision.CommitAsync(db, transaction, ct);
        }
        else
        {
            await transaction.CommitAsync(ct);
        }
    }

    private static void Close(PromotionRow promotion, string status, string kind, string text, DateTimeOffset now)
    {
        promotion.Status = status;
        promotion.DecidedAt = now;
        AddEvent(promotion, kind, text, now);
    }

    private static void AddEvent(PromotionRow promotion, string kind, string text, DateTimeOffset now) =>
        promotion.Events.Add(
            new PromotionEventRow
            {
                Kind = kind,
                Status = promotion.Status,
                Text = text,
                At = now,
            }
        );

    private static string Moved(PromotionRow promotion) =>
        promotion.PreviousVersion is { } previous && previous != promotion.Version
            ? $"{promotion.Environment} moved from version {previous} to {promotion.Version}."
            : $"{promotion.Environment} names version {promotion.Version}.";

    private static string Verdicts(IEnumerable<GateResult> gates) => string.Join(", ", gates.Select(g => $"{g.Name} {g.Status}"));
}
