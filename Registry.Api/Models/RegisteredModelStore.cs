using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts.Mlflow;
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
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw AlreadyExists(name);
        }
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
        var model = await db.Models.SingleOrDefaultAsync(m => m.Name == name, ct) ?? throw NotFound(name);
        model.Description = description;
        model.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
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
        db.Models.Remove(model);
        await db.SaveChangesAsync(ct);
        await revision.CommitAsync(db, transaction, ct);
    }

    public async Task SetTagAsync(string name, MlflowKeyValue tag, CancellationToken ct)
    {
        var written = await source.ExecuteAsync(
            """
            INSERT INTO registered_model_tags (model_id, key, value) SELECT id, $2, $3 FROM registered_models WHERE name = $1
            ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value
            """,
            ct,
            name,
            tag.Key,
            tag.Value
        );
        if (written == 0)
        {
            throw NotFound(name);
        }
    }

    public async Task DeleteTagAsync(string name, string key, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var id = await db.Models.Where(m => m.Name == name).Select(m => (long?)m.Id).SingleOrDefaultAsync(ct) ?? throw NotFound(name);
        await db.ModelTags.Where(t => t.ModelId == id && t.Key == key).ExecuteDeleteAsync(ct);
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
