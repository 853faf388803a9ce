using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Policies;
using Slipway.Registry.Api.Serving;

namespace Slipway.Registry.Api.Models;

/// <summary>Registered models and their tags.</summary>
internal sealed class RegisteredModelStore(
    IDbContextFactory<RegistryDb> databases,
    ModelGate gate,
    RegisteredModelReader reader,
    ServingRevision revision,
    ChangeRecorder recorder,
    AliasGuard guard,
    CreatorGrants creators,
    TimeProvider time
)
{
    public async Task<MlflowRegisteredModel> CreateAsync(NewModel wanted, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var name = wanted.Name;
        var model = new RegisteredModelRow
        {
            Name = name,
            Description = wanted.Description,
            UserId = wanted.UserId,
            DeploymentJobId = wanted.DeploymentJobId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        model.Tags.AddRange(wanted.Tags.Select(tag => new RegisteredModelTagRow { Key = tag.Key, Value = tag.Value }));
        db.Models.Add(model);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            await transaction.RollbackAsync(ct);
            throw Taken(name, Prompts.Is(wanted.Tags), Prompts.Is((await reader.RequireAsync(name, ct)).Tags));
        }
        await creators.OfModelAsync((NpgsqlConnection)db.Database.GetDbConnection(), model.Name, ct);
        await recorder.RecordAsync(db, ModelChanges.Created(model), ct);
        await transaction.CommitAsync(ct);
        return await reader.RequireAsync(name, ct);
    }

    public async Task<MlflowRegisteredModel> UpdateAsync(string name, string? description, string? deploymentJobId, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var model = await ModelLock.TakeAsync(db, name, ct) ?? throw NotFound(name);
        var before = model.Description;
        // A call that changes only the job leaves the text alone.
        model.Description = deploymentJobId is null ? description : description ?? before;
        model.DeploymentJobId = deploymentJobId ?? model.DeploymentJobId;
        model.UpdatedAt = time.GetUtcNow();
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.Updated(name, before, model.Description), ct);
        await transaction.CommitAsync(ct);
        return await reader.RequireAsync(name, ct);
    }

    public async Task<MlflowRegisteredModel> RenameAsync(string name, string newName, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
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
        return await reader.RequireAsync(newName, ct);
    }

    public async Task DeleteAsync(string name, CancellationToken ct)
    {
        using var turn = await gate.EnterAsync(name, ct);
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
        foreach (var alias in await db.Aliases.Where(a => a.ModelId == model.Id).Select(a => a.Alias).ToListAsync(ct))
        {
            await guard.CheckAliasAsync(db, model, alias, ct);
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
        using var turn = await gate.EnterAsync(name, ct);
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
        using var turn = await gate.EnterAsync(name, ct);
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

    public static MlflowRefusal NotFound(string name) =>
        MlflowRefusal.NotFound($"Registered Model with name={MlflowRules.Shorten(name)} not found");

    private static MlflowRefusal AlreadyExists(string name) =>
        MlflowRefusal.AlreadyExists($"Registered Model (name={name}) already exists.");

    // MLflow's words: prompts and models share one space of names.
    private static MlflowRefusal Taken(string name, bool asPrompt, bool byPrompt) =>
        (asPrompt, byPrompt) switch
        {
            (true, true) => MlflowRefusal.AlreadyExists($"Prompt (name={name}) already exists."),
            (true, false) => MlflowRefusal.AlreadyExists(
                $"Tried to create a prompt with name '{name}', but the name is already taken by a registered model. MLflow does not allow registered models and prompts to share the same name."
            ),
            (false, true) => MlflowRefusal.AlreadyExists(
                $"Tried to create a registered model with name '{name}', but the name is already taken by a prompt. MLflow does not allow registered models and prompts to share the same name."
            ),
            _ => AlreadyExists(name),
        };
}

/// <summary>A registered model to create.</summary>
internal sealed record NewModel(
    string Name,
    string? Description,
    string? DeploymentJobId,
    string? UserId,
    IReadOnlyList<MlflowKeyValue> Tags
);
