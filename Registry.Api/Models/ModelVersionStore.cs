using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Models;

/// <summary>Versions of registered models. A version's files are fixed when it is created.</summary>
internal sealed class ModelVersionStore(
    IDbContextFactory<RegistryDb> databases,
    NpgsqlDataSource source,
    SourceResolver sources,
    ServingRevision revision,
    ChangeRecorder recorder,
    VettingSignal vetting,
    TimeProvider time
)
{
    private static readonly SearchSchema s_schema = new()
    {
        Attributes = new Dictionary<string, SearchAttribute>
        {
            ["name"] = new("m.name"),
            ["version_number"] = new("v.version", IsNumeric: true),
            ["run_id"] = new("v.run_id", AllowsIn: true),
            ["source_path"] = new("v.source"),
            ["creation_timestamp"] = SearchAttribute.Milliseconds("v.created_at"),
            ["last_updated_timestamp"] = SearchAttribute.Milliseconds("v.updated_at"),
        },
        Tags = new SearchTable("model_version_tags", "x.model_id = v.model_id AND x.version = v.version"),
    };

    public async Task<MlflowModelVersion> CreateAsync(NewVersion version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, version.ModelName, ct) ?? throw RegisteredModelStore.NotFound(version.ModelName);
        var resolved = await sources.ResolveAsync(db, version.Source, ct);
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
            RunId = version.RunId,
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
        await recorder.RecordAsync(db, ModelChanges.VersionCreated(model.Name, row), ct);
        await transaction.CommitAsync(ct);
        vetting.Wake();
        return MlflowModels.Version(row, model.Name, []);
    }

    public async Task<MlflowModelVersion> RequireAsync(string name, int version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var row = await FindRowAsync(db.Versions.AsNoTracking(), name, version, ct);
        return MlflowModels.Version(row, name, await db.Aliases.Where(a => a.ModelId == row.ModelId).ToListAsync(ct));
    }

    public async Task<string> DownloadUriAsync(string name, int version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return (await FindRowAsync(db.Versions.AsNoTracking(), name, version, ct)).StorageUri;
    }

    public async Task<ModelVersionPage> SearchAsync(
        string? filter,
        IReadOnlyList<string> orderBy,
        int pageSize,
        string? token,
        CancellationToken ct
    )
    {
        var compiler = new SearchCompiler(s_schema);
        var offset = PageToken.Read(token);
        var tieBreak = orderBy.Count == 0 ? "v.updated_at DESC, m.name, v.version DESC" : "m.name, v.version DESC";
        var sql = $"""
            SELECT v.model_id, v.version FROM model_versions v JOIN registered_models m ON m.id = v.model_id WHERE {compiler.Where(filter)}
            ORDER BY {compiler.OrderBy(orderBy, tieBreak)} LIMIT {compiler.Add(pageSize + 1L)} OFFSET {compiler.Add(offset)}
            """;
        var found = await source.QueryAsync(sql, r => (ModelId: r.GetInt64(0), Version: r.GetInt32(1)), ct, compiler.Values);
        var (keys, next) = PageToken.Cut(found, pageSize, offset);
        await using var db = await databases.CreateDbContextAsync(ct);
        var models = keys.Select(k => k.ModelId).Distinct().ToList();
        var numbers = keys.Select(k => k.Version).Distinct().ToList();
        var rows = await db
            .Versions.Where(v => models.Contains(v.ModelId) && numbers.Contains(v.Version))
            .Include(v => v.Tags)
            .Include(v => v.Model)
            .AsSplitQuery()
            .AsNoTracking()
            .ToDictionaryAsync(v => (v.ModelId, v.Version), ct);
        var aliases = (await db.Aliases.Where(a => models.Contains(a.ModelId)).ToListAsync(ct)).ToLookup(a => a.ModelId);
        return new ModelVersionPage(
            [.. keys.Where(rows.ContainsKey).Select(k => MlflowModels.Version(rows[k], rows[k].Model!.Name, aliases[k.ModelId]))],
            next
        );
    }

    public async Task<MlflowModelVersion> UpdateAsync(string name, int version, string? description, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        _ = await ModelLock.TakeAsync(db, name, ct) ?? throw RegisteredModelStore.NotFound(name);
        var row = await FindRowAsync(db.Versions, name, version, ct);
        var before = row.Description;
        row.Description = description ?? "";
        row.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.VersionUpdated(name, version, before, row.Description), ct);
        await transaction.CommitAsync(ct);
        return await RequireAsync(name, version, ct);
    }

    public async Task<MlflowModelVersion> SetStageAsync(string name, int version, string stage, bool archiveOthers, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw RegisteredModelStore.NotFound(name);
        _ = await FindRowAsync(db.Versions, name, version, ct);
        await StageMove.ApplyAsync(db, recorder, model, version, stage, archiveOthers, time.GetUtcNow(), ct);
        await transaction.CommitAsync(ct);
        return await RequireAsync(name, version, ct);
    }

    public async Task DeleteAsync(string name, int version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw RegisteredModelStore.NotFound(name);
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
        foreach (var alias in aliases)
        {
            await AliasMove.ApplyAsync(db, recorder, model, alias, null, null, now, ct);
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
        await transaction.CommitAsync(ct);
    }

    public async Task DeleteTagAsync(string name, int version, string key, CancellationToken ct)
    {
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
        await transaction.CommitAsync(ct);
    }

    public static MlflowRefusal NotFound(string name, int version) =>
        MlflowRefusal.NotFound(
            $"Model Version (name={MlflowRules.Shorten(name)}, version={version.ToString(CultureInfo.InvariantCulture)}) not found"
        );

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
    string RunLink,
    string Description,
    IReadOnlyList<MlflowKeyValue> Tags
);
