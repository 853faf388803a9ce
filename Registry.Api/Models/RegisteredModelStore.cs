using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;
using Slipway.Registry.Api.Serving;

namespace Slipway.Registry.Api.Models;

/// <summary>Registered models and their tags.</summary>
internal sealed class RegisteredModelStore(
    IDbContextFactory<RegistryDb> databases,
    NpgsqlDataSource source,
    ServingRevision revision,
    ChangeRecorder recorder,
    TimeProvider time
)
{
    private static readonly SearchSchema s_schema = new()
    {
        Attributes = new Dictionary<string, SearchAttribute>
        {
            ["name"] = new("m.name"),
            ["timestamp"] = SearchAttribute.Milliseconds("m.updated_at"),
            ["last_updated_timestamp"] = SearchAttribute.Milliseconds("m.updated_at"),
            ["creation_timestamp"] = SearchAttribute.Milliseconds("m.created_at"),
        },
        Tags = new SearchTable("registered_model_tags", "x.model_id = m.id"),
    };

    public async Task<MlflowRegisteredModel> CreateAsync(
        string name,
        string? description,
        IReadOnlyList<MlflowKeyValue> tags,
        CancellationToken ct
    )
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var model = new RegisteredModelRow
        {
            Name = name,
            Description = description,
            CreatedAt = now,
            UpdatedAt = now,
        };
        model.Tags.AddRange(tags.Select(tag => new RegisteredModelTagRow { Key = tag.Key, Value = tag.Value }));
        db.Models.Add(model);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw AlreadyExists(name);
        }
        await recorder.RecordAsync(db, ModelChanges.Created(model), ct);
        await transaction.CommitAsync(ct);
        return MlflowModels.Model(model, []);
    }

    public async Task<MlflowRegisteredModel> RequireAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return (await LoadAsync(db, db.Models.Where(m => m.Name == name), ct)).FirstOrDefault() ?? throw NotFound(name);
    }

    public async Task<RegisteredModelPage> SearchAsync(
        string? filter,
        IReadOnlyList<string> orderBy,
        int pageSize,
        string? token,
        CancellationToken ct
    )
    {
        var compiler = new SearchCompiler(s_schema);
        var offset = PageToken.Read(token);
        var sql = $"""
            SELECT m.id FROM registered_models m WHERE {compiler.Where(filter)}
            ORDER BY {compiler.OrderBy(orderBy, "m.name")} LIMIT {compiler.Add(pageSize + 1L)} OFFSET {compiler.Add(offset)}
            """;
        var (ids, next) = PageToken.Cut(await source.QueryAsync(sql, r => r.GetInt64(0), ct, compiler.Values), pageSize, offset);
        await using var db = await databases.CreateDbContextAsync(ct);
        var models = await LoadAsync(db, db.Models.Where(m => ids.Contains(m.Id)), ct);
        var names = await db
            .Models.Where(m => ids.Contains(m.Id))
            .Select(m => new { m.Id, m.Name })
            .ToDictionaryAsync(m => m.Name, m => m.Id, ct);
        return new RegisteredModelPage([.. models.OrderBy(m => ids.IndexOf(names[m.Name]))], next);
    }

    public async Task<MlflowRegisteredModel> UpdateAsync(string name, string? description, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name);
        var before = model.Description;
        model.Description = description;
        model.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.Updated(name, before, description), ct);
        await transaction.CommitAsync(ct);
        return await RequireAsync(name, ct);
    }

    public async Task<MlflowRegisteredModel> RenameAsync(string name, string newName, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name);
        model.Name = newName;
        model.UpdatedAt = time.GetUtcNow();
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw AlreadyExists(newName);
        }
        await recorder.RecordAsync(db, ModelChanges.Renamed(name, newName), ct);
        await revision.CommitAsync(db, transaction, ct);
        return await RequireAsync(newName, ct);
    }

    public async Task DeleteAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name);
        var served = await db.EndpointRoutes.Where(r => r.ModelId == model.Id).Select(r => r.EndpointName).FirstOrDefaultAsync(ct);
        if (served is not null)
        {
            throw MlflowRefusal.Invalid(
                $"Registered model '{name}' is served by endpoint '{served}'. Delete or change the endpoint first."
            );
        }
        await db.Entry(model).Collection(m => m.Tags).LoadAsync(ct);
        var change = ModelChanges.Deleted(model);
        db.Models.Remove(model);
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, change, ct);
        await revision.CommitAsync(db, transaction, ct);
    }

    public async Task SetTagAsync(string name, MlflowKeyValue tag, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name);
        var row = await db.ModelTags.SingleOrDefaultAsync(t => t.ModelId == model.Id && t.Key == tag.Key, ct);
        var before = row?.Value;
        if (row is null)
        {
            model.Tags.Add(new RegisteredModelTagRow { Key = tag.Key, Value = tag.Value });
        }
        else
        {
            row.Value = tag.Value;
        }
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.TagSet(name, tag, before), ct);
        await transaction.CommitAsync(ct);
    }

    public async Task DeleteTagAsync(string name, string key, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name);
        if (await db.ModelTags.SingleOrDefaultAsync(t => t.ModelId == model.Id && t.Key == key, ct) is not { } tag)
        {
            return;
        }
        // Recorded first: the tag that makes a prompt of a model still counts.
        await recorder.RecordAsync(db, ModelChanges.TagDeleted(name, key, tag.Value), ct);
        db.ModelTags.Remove(tag);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>The newest version of each of the stages; all stages where none is given.</summary>
    public async Task<ModelVersionPage> LatestAsync(string name, IReadOnlyList<string> stages, CancellationToken ct)
    {
        var wanted = stages.Count == 0 ? ModelStages.All : [.. stages.Select(ModelStages.Parse)];
        var model = await RequireAsync(name, ct);
        return new ModelVersionPage([.. model.LatestVersions.Where(v => wanted.Contains(v.CurrentStage))], null);
    }

    public static MlflowRefusal NotFound(string name) =>
        MlflowRefusal.NotFound($"Registered Model with name={MlflowRules.Shorten(name)} not found");

    private static MlflowRefusal AlreadyExists(string name) =>
        MlflowRefusal.AlreadyExists($"Registered Model (name={name}) already exists.");

    private static async Task<List<MlflowRegisteredModel>> LoadAsync(
        RegistryDb db,
        IQueryable<RegisteredModelRow> query,
        CancellationToken ct
    )
    {
        var models = await query.Include(m => m.Tags).Include(m => m.Aliases).AsSplitQuery().AsNoTracking().ToListAsync(ct);
        var ids = models.Select(m => m.Id).ToList();
        var newest = await db
            .Versions.Where(v => ids.Contains(v.ModelId))
            .GroupBy(v => new { v.ModelId, v.Stage })
            .Select(g => new { g.Key.ModelId, Version = g.Max(v => v.Version) })
            .ToListAsync(ct);
        var numbers = newest.Select(n => n.Version).Distinct().ToList();
        var keys = newest.Select(n => (n.ModelId, n.Version)).ToHashSet();
        var versions = await db
            .Versions.Where(v => ids.Contains(v.ModelId) && numbers.Contains(v.Version))
            .Include(v => v.Tags)
            .AsNoTracking()
            .ToListAsync(ct);
        var byModel = versions.Where(v => keys.Contains((v.ModelId, v.Version))).ToLookup(v => v.ModelId);
        return [.. models.Select(m => MlflowModels.Model(m, byModel[m.Id]))];
    }
}
