using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Models;

namespace Slipway.Registry.Api.Policies;

/// <summary>The policies that models have of their own. Null and false mean that there is no such model.</summary>
internal sealed class ModelPolicyStore(
    IDbContextFactory<RegistryDb> databases,
    ModelGate gate,
    ModelPolicies policies,
    ChangeRecorder recorder,
    TimeProvider time
)
{
    public async Task<IReadOnlyList<EnvironmentPolicy>?> ListAsync(string model, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var id = await db.Models.Where(m => m.Name == model).Select(m => (long?)m.Id).SingleOrDefaultAsync(ct);
        return id is { } modelId ? await policies.AllAsync(db, modelId, ct) : null;
    }

    /// <summary>The policy as it holds from now on.</summary>
    public async Task<EnvironmentPolicy?> PutAsync(string model, EnvironmentPolicy policy, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(model, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Under the lock, so that no decision is made by half of a policy.
        if (await ModelLock.TakeAsync(db, model, ct) is not { } row)
        {
            return null;
        }
        var own = await db.ModelPolicies.SingleOrDefaultAsync(p => p.ModelId == row.Id && p.Environment == policy.Name, ct);
        var before = own?.Policy;
        if (own is null)
        {
            own = new ModelPolicyRow
            {
                ModelId = row.Id,
                Environment = policy.Name,
                Policy = "",
            };
            db.ModelPolicies.Add(own);
        }
        own.Policy = JsonSerializer.Serialize(policy, ContractsJson.Default.EnvironmentPolicy);
        own.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, DeliveryChanges.Policy(model, policy.Name, before, own.Policy), ct);
        var stored = await policies.FindAsync(db, row.Id, policy.Name, ct);
        await transaction.CommitAsync(ct);
        return stored;
    }

    /// <summary>From now on the environment's policy holds.</summary>
    public async Task<bool> DeleteAsync(string model, string environment, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(model, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await ModelLock.TakeAsync(db, model, ct) is not { } row)
        {
            return false;
        }
        if (await db.ModelPolicies.SingleOrDefaultAsync(p => p.ModelId == row.Id && p.Environment == environment, ct) is { } own)
        {
            db.ModelPolicies.Remove(own);
            await db.SaveChangesAsync(ct);
            await recorder.RecordAsync(db, DeliveryChanges.Policy(model, environment, own.Policy, null), ct);
        }
        await transaction.CommitAsync(ct);
        return true;
    }
}
