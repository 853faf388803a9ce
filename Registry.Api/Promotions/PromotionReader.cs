using System.Text.Json;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Rows of promotions in the API's words.</summary>
internal static class PromotionReader
{
    /// <summary>Its events must be loaded. They are shown where <paramref name="full"/>; the approvals are always.</summary>
    public static Promotion Read(PromotionRow row, string model, bool full)
    {
        var policy = Policy(row);
        var events = row.Events.OrderBy(e => e.Id).ToList();
        return new Promotion
        {
            Id = row.Id,
            Model = model,
            Version = row.Version,
            Environment = row.Environment,
            Status = row.Status,
            PreviousVersion = row.PreviousVersion,
            Gates = JsonSerializer.Deserialize(row.Gates, ContractsJson.Default.IReadOnlyListGateResult) ?? [],
            Comment = row.Comment,
            CreatedAt = row.CreatedAt,
            RequestedBy = row.RequestedBy,
            ExpiresAt = row.ExpiresAt,
            DecidedAt = row.DecidedAt,
            ApprovalsRequired = policy.Approvals,
            ApproverRole = policy.Approvals > 0 ? policy.ApproverRole : null,
            ApprovedBy = FourEyes.Count(policy, row.RequestedBy, Approvers(events)),
            Events = full ? [.. events.Select(e => new PromotionEvent(e.At, e.Kind, e.Status, e.Actor, e.Text))] : [],
        };
    }

    public static IEnumerable<string> Approvers(IEnumerable<PromotionEventRow> events) =>
        events.Where(e => e.Kind == PromotionEventKind.Approved).OrderBy(e => e.Id).Select(e => e.Actor).OfType<string>();

    /// <summary>The policy that the promotion was last judged by.</summary>
    public static EnvironmentPolicy Policy(PromotionRow row) =>
        JsonSerializer.Deserialize(row.Policy, ContractsJson.Default.EnvironmentPolicy)!;
}
