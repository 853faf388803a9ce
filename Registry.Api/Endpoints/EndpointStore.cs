using Microsoft.EntityFrameworkCore;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Endpoints;

/// <summary>What became of an endpoint that somebody wrote.</summary>
internal abstract record WriteOutcome
{
    internal sealed record Written(EndpointDefinition Endpoint) : WriteOutcome;

    /// <summary>A route names what does not exist.</summary>
    internal sealed record Unknown(string Code, string Detail) : WriteOutcome;

    /// <summary>A route names a version that may not serve.</summary>
    internal sealed record NotVetted(string Detail) : WriteOutcome;
}

/// <summary>Endpoints and their routes.</summary>
internal sealed class EndpointStore(
    IDbContextFactory<RegistryDb> databases,
    ServingRevision revision,
    ChangeRecorder recorder,
    AccessFilter access,
    TimeProvider time
)
{
    private const double DefaultWeight = 100;

    public async Task<IReadOnlyList<EndpointDefinition>> ListAsync(CancellationToken ct)
    {
        var readable = await access.ReadableModelsAsync(ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        var visible = Load(db).Where(e => readable == null || e.Routes.All(r => readable.Contains(r.ModelId)));
        return [.. (await visible.OrderBy(e => e.Name).ToListAsync(ct)).Select(Read)];
    }

    public async Task<EndpointDefinition?> FindAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await Load(db).SingleOrDefaultAsync(e => e.Name == name, ct) is { } row ? Read(row) : null;
    }

    public async Task<WriteOutcome> PutAsync(string name, EndpointDefinition endpoint, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var models = await LockModelsAsync(db, endpoint, ct);
        var routes = new List<EndpointRouteRow>();
        foreach (var route in endpoint.Routes)
        {
            if (!models.TryGetValue(route.Model, out var model))
            {
                return new WriteOutcome.Unknown("unknown_model", $"There is no registered model '{route.Model}'.");
            }
            if (await CheckAsync(db, model, route, ct) is { } problem)
            {
                return problem;
            }
            routes.Add(
                new EndpointRouteRow
                {
                    EndpointName = name,
                    Position = routes.Count,
                    ModelId = model.Id,
                    Version = route.Version,
                    Alias = route.Alias,
                    Weight = route.Weight,
                }
            );
        }
        var before = await LockAsync(db, name, ct);
        await WriteAsync(db, name, endpoint.LogPredictions, routes, ct);
        // Read before the commit: afterwards another request may have deleted it.
        var written = Read(await Load(db).SingleAsync(e => e.Name == name, ct));
        await recorder.RecordAsync(db, DeliveryChanges.Endpoint(name, before, written), ct);
        await revision.CommitAsync(db, transaction, ct);
        return new WriteOutcome.Written(written);
    }

    public async Task<bool> DeleteAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await LockAsync(db, name, ct) is not { } before)
        {
            return false;
        }
        await db.Endpoints.Where(e => e.Name == name).ExecuteDeleteAsync(ct);
        await recorder.RecordAsync(db, DeliveryChanges.Endpoint(name, before, null), ct);
        await revision.CommitAsync(db, transaction, ct);
        return true;
    }

    /// <summary>
    /// At a model's first promotion to production: an endpoint of its name that follows it, so that a promoted model can be called without further steps. The
    /// caller commits.
    /// </summary>
    public static async Task CreateDefaultAsync(
        RegistryDb db,
        ChangeRecorder recorder,
        RegisteredModelRow model,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var promotedBefore = await db.AliasHistory.AnyAsync(
            h => h.ModelId == model.Id && h.Alias == Environments.Production && h.PreviousVersion != null,
            ct
        );
        if (
            promotedBefore
            || !EndpointName.TryParse(model.Name, out _, out _)
            || await db.Endpoints.AnyAsync(e => e.Name == model.Name, ct)
        )
        {
            return;
        }
        var endpoint = new EndpointRow
        {
            Name = model.Name,
            LogPredictions = true,
            UpdatedAt = now,
        };
        endpoint.Routes.Add(
            new EndpointRouteRow
            {
                EndpointName = model.Name,
                ModelId = model.Id,
                Model = model,
                Alias = Environments.Production,
                Weight = DefaultWeight,
            }
        );
        db.Endpoints.Add(endpoint);
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, DeliveryChanges.Endpoint(endpoint.Name, null, Read(endpoint)), ct);
    }

    /// <summary>The endpoint as it is, kept so until the end of the transaction; null where there is none.</summary>
    private static async Task<EndpointDefinition?> LockAsync(RegistryDb db, string name, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM endpoints WHERE name = {name} FOR UPDATE", ct);
        return await Load(db).SingleOrDefaultAsync(e => e.Name == name, ct) is { } row ? Read(row) : null;
    }

    /// <summary>Locked in the order of their ids, so that no version is deleted and no alias moved between the check and the commit.</summary>
    private static async Task<Dictionary<string, RegisteredModelRow>> LockModelsAsync(
        RegistryDb db,
        EndpointDefinition endpoint,
        CancellationToken ct
    )
    {
        var names = endpoint.Routes.Select(r => r.Model).Distinct().ToArray();
        var rows = await db
            .Models.FromSql($"SELECT * FROM registered_models WHERE name = ANY({names}) ORDER BY id FOR UPDATE")
            .AsNoTracking()
            .ToListAsync(ct);
        return rows.ToDictionary(m => m.Name, StringComparer.Ordinal);
    }

    private static async Task<WriteOutcome?> CheckAsync(RegistryDb db, RegisteredModelRow model, EndpointRoute route, CancellationToken ct)
    {
        var number =
            route.Version
            ?? await db
                .Aliases.Where(a => a.ModelId == model.Id && a.Alias == route.Alias)
                .Select(a => (int?)a.Version)
                .SingleOrDefaultAsync(ct);
        if (number is null)
        {
            return new WriteOutcome.Unknown("unknown_alias", $"Model '{model.Name}' has no alias '{route.Alias}'.");
        }
        var status = await db
            .Versions.Where(v => v.ModelId == model.Id && v.Version == number)
            .Select(v => v.VettingStatus)
            .SingleOrDefaultAsync(ct);
        return status switch
        {
            null => new WriteOutcome.Unknown("unknown_version", $"Model '{model.Name}' has no version {number}."),
            VettingStatus.Passed => null,
            VettingStatus.Pending => new WriteOutcome.NotVetted(
                $"Version {number} of '{model.Name}' is still being vetted. Try again shortly."
            ),
            _ => new WriteOutcome.NotVetted($"Version {number} of '{model.Name}' failed vetting and can never be served."),
        };
    }

    private async Task WriteAsync(RegistryDb db, string name, bool logPredictions, List<EndpointRouteRow> routes, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO endpoints (name, log_predictions, updated_at) VALUES ({name}, {logPredictions}, {now})
            ON CONFLICT (name) DO UPDATE SET log_predictions = excluded.log_predictions, updated_at = excluded.updated_at
            """,
            ct
        );
        await db.EndpointRoutes.Where(r => r.EndpointName == name).ExecuteDeleteAsync(ct);
        db.EndpointRoutes.AddRange(routes);
        await db.SaveChangesAsync(ct);
    }

    private static IQueryable<EndpointRow> Load(RegistryDb db) =>
        db.Endpoints.AsNoTracking().Include(e => e.Routes.OrderBy(r => r.Position)).ThenInclude(r => r.Model);

    private static EndpointDefinition Read(EndpointRow row) =>
        new()
        {
            Name = row.Name,
            LogPredictions = row.LogPredictions,
            UpdatedAt = row.UpdatedAt,
            Routes =
            [
                .. row.Routes.Select(r => new EndpointRoute
                {
                    Model = r.Model!.Name,
                    Version = r.Version,
                    Alias = r.Alias,
                    Weight = r.Weight,
                }),
            ],
        };
}
