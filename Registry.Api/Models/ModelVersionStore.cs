using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Policies;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Models;

/// <summary>Versions of registered models. A version's files are fixed when it is created.</summary>
internal sealed class ModelVersionStore(
    IDbContextFactory<RegistryDb> databases,
    ModelGate gate,
    ModelVersionReader reader,
    SourceResolver sources,
    ServingRevision revision,
    ChangeRecorder recorder,
    VettingSignal vetting,
    AliasGuard guard,
    IHttpContextAccessor requests,
    TimeProvider time
)
{
    public async Task<MlflowModelVersion> CreateAsync(NewVersion version, CancellationToken ct)
    {
        foreach (var tag in version.Tags)
        {
            ConfigurationTag.Check(tag);
        }
        using var turn = await gate.EnterAsync(version.ModelName, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, version.ModelName, ct) ?? throw RegisteredModelStore.NotFound(version.ModelName);
        var resolved = await sources.ResolveAsync(db, version, ct);
        var now = time.GetUtcNow();
        model.LastVersion++;
        model.UpdatedAt = now;
        var row = new ModelVersionRow
        {
            ModelId = model.Id,
            Version = model.LastVersion,
            CreatedAt = now,
            UpdatedAt = now,
            Description = version.Description,
            Source = version.Source,
            StorageUri = resolved.StorageUri,
            RunId = version.RunId ?? resolved.RunId,
            LoggedModelId = version.LoggedModelId ?? resolved.LoggedModelId,
            UserId = version.UserId,
            RunLink = version.RunLink,
            Digest = VersionDigest.Of(resolved.Files),
        };
        row.Tags.AddRange(version.Tags.Select(tag => new ModelVersionTagRow { Key = tag.Key, Value = tag.Value }));
        row.Files.AddRange(
            resolved.Files.Select(file => new VersionFileRow
            {
                Path = file.Path,
                Sha256 = file.Blob.Sha256,
                SizeBytes = file.Blob.SizeBytes,
            })
        );
        db.Versions.Add(row);
        await db.SaveChangesAsync(ct);
        if (row.LoggedModelId is { } loggedModel)
        {
            await LoggedModelLink.AddAsync((NpgsqlConnection)db.Database.GetDbConnection(), loggedModel, model.Name, row.Version, ct);
        }
        await recorder.RecordAsync(db, ModelChanges.VersionCreated(model.Name, row), ct);
        await transaction.CommitAsync(ct);
        vetting.Wake();
        return await reader.RequireAsync(model.Name, row.Version, ct);
    }

    public async Task<MlflowModelVersion> UpdateAsync(string name, int version, string? description, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        _ = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name, version);
        var row = await FindRowAsync(db.Versions, name, version, ct);
        var before = row.Description;
        row.Description = description ?? "";
        row.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.VersionUpdated(name, version, before, row.Description), ct);
        await transaction.CommitAsync(ct);
        return await reader.RequireAsync(name, version, ct);
    }

    public async Task<MlflowModelVersion> SetStageAsync(string name, int version, string stage, bool archiveOthers, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name, version);
        var row = await FindRowAsync(db.Versions, name, version, ct);
        if (row.Stage != stage || archiveOthers)
        {
            await guard.CheckStagesAsync(db, model, [row.Stage, stage], ct);
        }
        await StageMove.ApplyAsync(db, recorder, model, version, stage, archiveOthers, time.GetUtcNow(), ct);
        await transaction.CommitAsync(ct);
        return await reader.RequireAsync(name, version, ct);
    }

    public async Task DeleteAsync(string name, int version, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name, version);
        var row = await FindRowAsync(db.Versions, name, version, ct);
        var aliases = await db.Aliases.Where(a => a.ModelId == model.Id && a.Version == version).Select(a => a.Alias).ToListAsync(ct);
        var served = await db
            .EndpointRoutes.Where(r => r.ModelId == model.Id && (r.Version == version || aliases.Contains(r.Alias!)))
            .Select(r => r.EndpointName)
            .FirstOrDefaultAsync(ct);
        if (served is not null)
        {
            throw MlflowRefusal.Invalid(
                $"Model version '{name}' {version} is served by endpoint '{served}'. Change the endpoint or move its alias first."
            );
        }
        var now = time.GetUtcNow();
        var cause = MoveCause.Of(requests.HttpContext, "the version was deleted");
        foreach (var alias in aliases)
        {
            await guard.CheckAliasAsync(db, model, alias, ct);
            await AliasMove.ApplyAsync(db, recorder, model, alias, null, cause, now, ct);
        }
        var change = ModelChanges.VersionDeleted(name, row);
        db.Versions.Remove(row);
        model.UpdatedAt = now;
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, change, ct);
        await revision.CommitAsync(db, transaction, ct);
    }

    public async Task SetTagAsync(string name, int version, MlflowKeyValue tag, CancellationToken ct)
    {
        ConfigurationTag.Check(tag);
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        _ = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name, version);
        var row = await FindRowAsync(db.Versions, name, version, ct);
        var existing = row.Tags.Find(t => t.Key == tag.Key);
        var before = existing?.Value;
        if (existing is null)
        {
            row.Tags.Add(new ModelVersionTagRow { Key = tag.Key, Value = tag.Value });
        }
        else
        {
            existing.Value = tag.Value;
        }
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.VersionTagSet(name, version, tag, before), ct);
        await CommitTagAsync(db, transaction, tag.Key, changed: before != tag.Value, ct);
    }

    public async Task DeleteTagAsync(string name, int version, string key, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        _ = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name, version);
        var row = await FindRowAsync(db.Versions, name, version, ct);
        if (row.Tags.Find(t => t.Key == key) is not { } tag)
        {
            return;
        }
        db.VersionTags.Remove(tag);
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.VersionTagDeleted(name, version, key, tag.Value), ct);
        await CommitTagAsync(db, transaction, key, changed: true, ct);
    }

    public static MlflowRefusal NotFound(string name, int version) =>
        MlflowRefusal.NotFound(
            $"Model Version (name={MlflowRules.Shorten(name)}, version={version.ToString(CultureInfo.InvariantCulture)}) not found"
        );

    // Whether the version is served is not asked: an endpoint that begins to route to it in a transaction of its own would not be seen, and would keep the old one.
    private Task CommitTagAsync(RegistryDb db, IDbContextTransaction transaction, string key, bool changed, CancellationToken ct) =>
        changed && ConfigurationTag.Is(key) ? revision.CommitAsync(db, transaction, ct) : transaction.CommitAsync(ct);

    private static async Task<ModelVersionRow> FindRowAsync(
        IQueryable<ModelVersionRow> versions,
        string name,
        int version,
        CancellationToken ct
    ) =>
        await versions.Include(v => v.Tags).SingleOrDefaultAsync(v => v.Model!.Name == name && v.Version == version, ct)
        ?? throw NotFound(name, version);
}

/// <summary>A version to create.</summary>
internal sealed record NewVersion(
    string ModelName,
    string Source,
    string? RunId,
    string? LoggedModelId,
    string? UserId,
    string RunLink,
    string Description,
    IReadOnlyList<MlflowKeyValue> Tags
);
