using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Endpoints;
using Slipway.Registry.Api.Models;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Moves an environment to a version: its aliases, and the stage that shows it. The decision is in the row already; the caller holds the model's lock and commits.</summary>
internal static class PromotionMove
{
    public static async Task ApplyAsync(
        RegistryDb db,
        ChangeRecorder recorder,
        RegisteredModelRow model,
        PromotionRow promotion,
        CancellationToken ct
    )
    {
        var policy = PromotionReader.Policy(promotion);
        var approvers = FourEyes.Count(policy, promotion.RequestedBy, PromotionReader.Approvers(promotion.Events));
        var now = promotion.DecidedAt!.Value;
        var reason =
            approvers.Count == 0 ? promotion.Comment : $"{promotion.Comment} (approved by {string.Join(", ", approvers)})".TrimStart();
        var cause = new MoveCause(promotion.RequestedBy, reason, promotion.Id);
        foreach (var alias in policy.Aliases.Prepend(policy.Name))
        {
            await AliasMove.ApplyAsync(db, recorder, model, alias, promotion.Version, cause, now, ct);
        }
        if (policy.Stage != ModelStages.None)
        {
            await StageMove.ApplyAsync(db, recorder, model, promotion.Version, policy.Stage, archiveOthers: true, now, ct);
        }
        if (policy.Name == Environments.Production)
        {
            await EndpointStore.CreateDefaultAsync(db, recorder, model, now, ct);
        }
    }
}
