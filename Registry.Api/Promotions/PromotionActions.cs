using Microsoft.EntityFrameworkCore;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Models;
using Slipway.Registry.Api.Policies;
using Slipway.Registry.Api.Telemetry;

namespace Slipway.Registry.Api.Promotions;

/// <summary>What people do to promotions. Each step is one transaction under the model's lock, so that it meets the state that it was checked against.</summary>
internal sealed class PromotionActions(
    IDbContextFactory<RegistryDb> databases,
    ModelGate gate,
    ModelPolicies policies,
    PromotionSignal signal,
    ChangeRecorder recorder,
    RegistryMetrics metrics,
    TimeProvider time
)
{
    // Comments end before the rest does: talk must not keep anybody from deciding.
    private const int MaxEventsForComments = 500;
    private const int MaxEvents = 1000;

    /// <param name="id">The promotion.</param>
    /// <param name="verb">What to do.</param>
    /// <param name="caller">Whose rights count; the API has asked for those that all policies need.</param>
    /// <param name="by">Who does it; the API has seen to it that this is known where it matters.</param>
    /// <param name="text">Why.</param>
    /// <param name="ct">Ends the attempt.</param>
    public async Task<ActOutcome> ActAsync(Guid id, PromotionVerb verb, Caller caller, string? by, string? text, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var of = await db
            .Promotions.Where(p => p.Id == id)
            .Join(db.Models, p => p.ModelId, m => m.Id, (p, m) => new { m.Id, m.Name })
            .SingleOrDefaultAsync(ct);
        if (of is null)
        {
            return new ActOutcome.Unknown();
        }
        // The connection went back with the answer: whoever waits here holds none.
        using var turn = await gate.EnterAsync(of.Name, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await ModelLock.TakeAsync(db, of.Id, ct) is not { } model)
        {
            return new ActOutcome.Unknown();
        }
        var row = await db.Promotions.Include(p => p.Events).SingleAsync(p => p.Id == id, ct);
        // The policy of today counts, not the one of the day of the request.
        var policy = await policies.FindAsync(db, row.ModelId, row.Environment, ct) ?? PromotionReader.Policy(row);
        if (Check(row, verb, by, policy) is { } refusal)
        {
            return refusal;
        }
        if (verb == PromotionVerb.Approve && policy.ApproverRole == Roles.Admin && !caller.HasByRole(Permission.Admin, model.Name))
        {
            return new ActOutcome.Forbidden(
                "role_needed",
                $"Promotions of '{model.Name}' to '{row.Environment}' are approved by those who have the role {Roles.Admin} for it."
            );
        }
        var before = row.Status;
        Apply(row, verb, by, text, time.GetUtcNow());
        await db.SaveChangesAsync(ct);
        if (verb != PromotionVerb.Evaluate)
        {
            await recorder.RecordAsync(db, DeliveryChanges.PromotionActed(model.Name, row, row.Events[^1], before), ct);
        }
        await transaction.CommitAsync(ct);
        if (PromotionStatus.IsOpen(row.Status))
        {
            signal.Wake();
        }
        else if (verb != PromotionVerb.Comment)
        {
            metrics.Decided(row.Status);
        }
        return new ActOutcome.Done(PromotionReader.Read(row, model.Name, full: true));
    }

    private static ActOutcome? Check(PromotionRow row, PromotionVerb verb, string? by, EnvironmentPolicy policy)
    {
        // A comment may follow a decision; nothing else may.
        if (verb != PromotionVerb.Comment && !PromotionStatus.IsOpen(row.Status))
        {
            return new ActOutcome.Conflict("promotion_closed", $"The promotion is {row.Status} already; ask for a new one.");
        }
        var limit = verb == PromotionVerb.Comment ? MaxEventsForComments : MaxEvents;
        if (row.Events.Count >= limit)
        {
            return new ActOutcome.Conflict(
                "too_many_events",
                $"The promotion has {row.Events.Count} events; it keeps no more of this kind."
            );
        }
        var own = FourEyes.SamePerson(by, row.RequestedBy);
        if (verb != PromotionVerb.Approve)
        {
            return null;
        }
        if (FourEyes.NeedsRequester(policy) && (own || row.RequestedBy is null))
        {
            return new ActOutcome.Forbidden(
                "four_eyes",
                own
                    ? $"{by} asked for this promotion; somebody else has to approve it."
                    : "It is not known who asked for this promotion, so nobody can be shown to be somebody else."
            );
        }
        return PromotionReader.Approvers(row.Events).Any(name => FourEyes.SamePerson(name, by))
            ? new ActOutcome.Conflict("already_approved", $"{by} has approved this promotion already.")
            : null;
    }

    private static void Apply(PromotionRow row, PromotionVerb verb, string? by, string? text, DateTimeOffset now)
    {
        var (kind, status) = verb switch
        {
            PromotionVerb.Comment => (PromotionEventKind.Commented, row.Status),
            PromotionVerb.Approve => (PromotionEventKind.Approved, row.Status),
            PromotionVerb.Reject => (PromotionEventKind.Rejected, PromotionStatus.Rejected),
            PromotionVerb.Withdraw => (PromotionEventKind.Withdrawn, PromotionStatus.Withdrawn),
            _ => (null, row.Status),
        };
        row.Status = status;
        if (!PromotionStatus.IsOpen(status) && row.DecidedAt is null)
        {
            row.DecidedAt = now;
        }
        if (verb is PromotionVerb.Approve or PromotionVerb.Evaluate)
        {
            row.DueAt = now;
        }
        if (kind is not null)
        {
            row.Events.Add(
                new PromotionEventRow
                {
                    Kind = kind,
                    Status = status,
                    Actor = by,
                    Text = text,
                    At = now,
                }
            );
        }
    }
}
