using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Policies;

/// <summary>Refuses what MLflow's calls may not do to an environment whose policy asks for promotions. Called under the model's lock.</summary>
internal sealed class AliasGuard(ModelPolicies policies)
{
    public async Task CheckAliasAsync(RegistryDb db, RegisteredModelRow model, string alias, CancellationToken ct)
    {
        if (await policies.FindProtectorAsync(db, model.Id, alias, ct) is { } policy)
        {
            throw Refused($"The alias '{alias}' of '{model.Name}' is protected", policy.Name);
        }
    }

    /// <summary>A version may neither enter nor leave the stage of a protected environment by a plain call.</summary>
    public async Task CheckStagesAsync(RegistryDb db, RegisteredModelRow model, IReadOnlyCollection<string> stages, CancellationToken ct)
    {
        var all = await policies.AllAsync(db, model.Id, ct);
        var policy = all.FirstOrDefault(p => p.MovesByPromotionOnly() && p.Stage != Models.ModelStages.None && stages.Contains(p.Stage));
        if (policy is not null)
        {
            throw Refused($"The stage {policy.Stage} of '{model.Name}' is protected", policy.Name);
        }
    }

    private static MlflowRefusal Refused(string what, string environment) =>
        MlflowRefusal.Denied($"{what}: it moves by a promotion to '{environment}' only. POST /api/v1/promotions asks for one.");
}
