using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Policies;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Promotion requests: asking, reading. What people do to them is in <see cref="PromotionActions"/>, the decision in <see cref="PromotionDecider"/>.</summary>
internal sealed class PromotionStore(
    IDbContextFactory<RegistryDb> databases,
    ModelPolicies policies,
    ChangeRecorder recorder,
    AccessFilter access,
    TimeProvider time
)
{
    public const int MaxListed = 100;

    public async Task<AskOutcome> AskAsync(PromotionRequest request, string? requester, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await FindByKeyAsync(db, request, ct) is { } known)
        {
            return known;
        }
        var model = await db.Models.AsNoTracking().SingleOrDefaultAsync(m => m.Name == request.Model, ct);
        if (model is null)
        {
            return new AskOutcome.UnknownModel();
        }
        if (!await db.Versions.AnyAsync(v => v.ModelId == model.Id && v.Version == request.Version, ct))
        {
            return new AskOutcome.UnknownVersion();
        }
        var policy = (await policies.FindAsync(db, model.Id, request.Environment, ct))!;
        if (requester is null && FourEyes.NeedsRequester(policy))
        {
            return new AskOutcome.RequesterNeeded();
        }
        var row = NewRow(request, requester, model.Id, policy, time.GetUtcNow());
        db.Promotions.Add(row);
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.SaveChangesAsync(ct);
            await recorder.RecordAsync(db, DeliveryChanges.PromotionRequested(model.Name, row), ct);
            await transaction.CommitAsync(ct);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // The same key arrived twice at once.
            if (await FindByKeyAsync(db, request, ct) is { } first)
            {
                return first;
            }
            throw;
        }
        return new AskOutcome.Asked(PromotionReader.Read(row, model.Name, full: true));
    }

    public async Task<Promotion?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var row = await Load(db).SingleOrDefaultAsync(p => p.Id == id, ct);
        return row is null ? null : PromotionReader.Read(row, row.Model!.Name, full: true);
    }

    /// <summary>The newest first; those after <see cref="PromotionQuery.After"/> where that is given.</summary>
    public async Task<PromotionPage> ListAsync(PromotionQuery query, CancellationToken ct)
    {
        var readable = await access.ReadableModelsAsync(ct);
        await using var db = await databases.CreateDbContextAsync(ct);
        var rows = await Load(db)
            .Where(p => query.Model == null || p.Model!.Name == query.Model)
            .Where(p => readable == null || readable.Contains(p.ModelId))
            .Where(p => query.Status == null || p.Status == query.Status)
            .Where(p => query.Environment == null || p.Environment == query.Environment)
            // Ids begin with their time: their order is that of creation.
            .Where(p => query.After == null || p.Id < query.After)
            .OrderByDescending(p => p.Id)
            .Take(query.Limit + 1)
            .ToListAsync(ct);
        var shown = rows.Take(query.Limit).Select(row => PromotionReader.Read(row, row.Model!.Name, full: false)).ToList();
        return new PromotionPage(shown, rows.Count > query.Limit ? shown[^1].Id.ToString() : null);
    }

    private static PromotionRow NewRow(
        PromotionRequest request,
        string? requester,
        long modelId,
        EnvironmentPolicy policy,
        DateTimeOffset now
    )
    {
        var row = new PromotionRow
        {
            Id = Guid.CreateVersion7(now),
            ModelId = modelId,
            Version = request.Version,
            Environment = request.Environment,
            Status = PromotionStatus.Pending,
            Metric = request.Metric,
            Tolerance = request.Tolerance,
            Comment = request.Comment,
            RequestedBy = requester,
            IdempotencyKey = request.IdempotencyKey,
            Policy = JsonSerializer.Serialize(policy, ContractsJson.Default.EnvironmentPolicy),
            CreatedAt = now,
            ExpiresAt = now.AddHours(policy.ExpiryHours),
            DueAt = now,
        };
        row.Events.Add(
            new PromotionEventRow
            {
                Kind = PromotionEventKind.Requested,
                Status = row.Status,
                Actor = requester,
                Text = request.Comment,
                At = now,
            }
        );
        return row;
    }

    private static IQueryable<PromotionRow> Load(RegistryDb db) =>
        db.Promotions.AsNoTracking().Include(p => p.Model).Include(p => p.Events).AsSplitQuery();

    private static async Task<AskOutcome?> FindByKeyAsync(RegistryDb db, PromotionRequest request, CancellationToken ct)
    {
        if (request.IdempotencyKey is not { } key)
        {
            return null;
        }
        var row = await Load(db).SingleOrDefaultAsync(p => p.IdempotencyKey == key, ct);
        if (row is null)
        {
            return null;
        }
        var same = row.Model!.Name == request.Model && row.Version == request.Version && row.Environment == request.Environment;
        return same ? new AskOutcome.Known(PromotionReader.Read(row, row.Model.Name, full: true)) : new AskOutcome.KeyTaken();
    }
}

/// <summary>Which promotions to list.</summary>
internal sealed record PromotionQuery(string? Model, string? Status, string? Environment, Guid? After, int Limit);
