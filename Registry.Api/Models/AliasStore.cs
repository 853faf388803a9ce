using Microsoft.EntityFrameworkCore;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Policies;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Models;

/// <summary>Aliases by MLflow's API. What serves (<c>production</c>, and aliases that endpoints follow) moves to vetted versions only; a promotion asks every gate as well.</summary>
internal sealed class AliasStore(
    IDbContextFactory<RegistryDb> databases,
    ModelGate gate,
    ServingRevision revision,
    ChangeRecorder recorder,
    AliasGuard guard,
    IHttpContextAccessor requests,
    TimeProvider time
)
{
    public async Task SetAsync(string name, string alias, int version, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw RegisteredModelStore.NotFound(name);
        await guard.CheckAliasAsync(db, model, alias, ct);
        var status =
            await db
                .Versions.Where(v => v.ModelId == model.Id && v.Version == version)
                .Select(v => v.VettingStatus)
                .SingleOrDefaultAsync(ct)
            ?? throw ModelVersionStore.NotFound(name, version);
        if (status != VettingStatus.Passed && await WhatServesAsync(db, model.Id, alias, ct) is { } serves)
        {
            throw MlflowRefusal.Invalid(
                $"{serves}, so it may only name a version that has passed vetting; the vetting of version {version} is '{status}'. POST /api/v1/promotions waits for it."
            );
        }
        var cause = MoveCause.Of(requests.HttpContext, "set by a plain call");
        var previous = await AliasMove.ApplyAsync(db, recorder, model, alias, version, cause, time.GetUtcNow(), ct);
        if (previous != version)
        {
            await revision.CommitAsync(db, transaction, ct);
        }
    }

    public async Task DeleteAsync(string name, string alias, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw RegisteredModelStore.NotFound(name);
        await guard.CheckAliasAsync(db, model, alias, ct);
        var served = await FindFollowerAsync(db, model.Id, alias, ct);
        if (served is not null && await db.Aliases.AnyAsync(a => a.ModelId == model.Id && a.Alias == alias, ct))
        {
            throw MlflowRefusal.Invalid($"The alias '{alias}' is followed by endpoint '{served}'. Change or delete the endpoint first.");
        }
        var cause = MoveCause.Of(requests.HttpContext, "deleted by a plain call");
        if (await AliasMove.ApplyAsync(db, recorder, model, alias, null, cause, time.GetUtcNow(), ct) is not null)
        {
            await revision.CommitAsync(db, transaction, ct);
        }
    }

    /// <summary>Why whatever the alias names serves at once; null where it does not.</summary>
    private static async Task<string?> WhatServesAsync(RegistryDb db, long modelId, string alias, CancellationToken ct) =>
        alias == Environments.Production ? "The alias 'production' is what serves"
        : await FindFollowerAsync(db, modelId, alias, ct) is { } endpoint ? $"The alias '{alias}' is followed by endpoint '{endpoint}'"
        : null;

    private static Task<string?> FindFollowerAsync(RegistryDb db, long modelId, string alias, CancellationToken ct) =>
        db.EndpointRoutes.Where(r => r.ModelId == modelId && r.Alias == alias).Select(r => (string?)r.EndpointName).FirstOrDefaultAsync(ct);
}
