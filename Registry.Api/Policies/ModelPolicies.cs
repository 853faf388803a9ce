using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Policies;

/// <summary>The policy that holds for a model in an environment: the model's own, or else the environment's.</summary>
internal sealed class ModelPolicies(EnvironmentCatalog catalog)
{
    /// <summary>Null where there is no such environment.</summary>
    public async Task<EnvironmentPolicy?> FindAsync(RegistryDb db, long modelId, string environment, CancellationToken ct)
    {
        if (catalog.Find(environment) is not { } usual)
        {
            return null;
        }
        var own = await db
            .ModelPolicies.Where(p => p.ModelId == modelId && p.Environment == environment)
            .Select(p => p.Policy)
            .SingleOrDefaultAsync(ct);
        return own is null ? usual : Merge(usual, own);
    }

    /// <summary>Every environment's policy for a model, in order.</summary>
    public async Task<IReadOnlyList<EnvironmentPolicy>> AllAsync(RegistryDb db, long modelId, CancellationToken ct)
    {
        var own = await db.ModelPolicies.Where(p => p.ModelId == modelId).ToDictionaryAsync(p => p.Environment, p => p.Policy, ct);
        return [.. catalog.All.Select(usual => own.TryGetValue(usual.Name, out var policy) ? Merge(usual, policy) : usual)];
    }

    /// <summary>The environment's policy where an alias of it moves by promotion alone; null where it is free.</summary>
    public async Task<EnvironmentPolicy?> FindProtectorAsync(RegistryDb db, long modelId, string alias, CancellationToken ct)
    {
        var environment = catalog.OfAlias(alias)?.Name;
        var policy = environment is null ? null : await FindAsync(db, modelId, environment, ct);
        return policy?.MovesByPromotionOnly() == true ? policy : null;
    }

    // Which alias and stage stand for an environment is the same for all models.
    private static EnvironmentPolicy Merge(EnvironmentPolicy usual, string json)
    {
        var own = JsonSerializer.Deserialize(json, ContractsJson.Default.EnvironmentPolicy)!;
        return own with { Name = usual.Name, Stage = usual.Stage, Aliases = usual.Aliases, Gates = own.Gates ?? usual.Gates };
    }
}
