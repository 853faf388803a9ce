using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Promotions;

/// <summary>What became of a promotion request.</summary>
internal abstract record AskOutcome
{
    internal sealed record Asked(Promotion Promotion) : AskOutcome;

    /// <summary>A request with this key is known; it is the same request.</summary>
    internal sealed record Known(Promotion Promotion) : AskOutcome;

    /// <summary>A request with this key is known, and it asked for something else.</summary>
    internal sealed record KeyTaken : AskOutcome;

    internal sealed record UnknownModel : AskOutcome;

    internal sealed record UnknownVersion : AskOutcome;
}

/// <summary>Promotion requests and their decisions.</summary>
internal sealed class PromotionStore(IDbContextFactory<RegistryDb> databases, ChangeRecorder recorder, TimeProvider time)
{
    private const int MaxListed = 100;

    public async Task<AskOutcome> AskAsync(PromotionRequest request, CancellationToken ct)
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
        var row = new PromotionRow
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            ModelId = model.Id,
            Version = request.Version,
            Environment = request.Environment,
            Status = PromotionStatus.Pending,
            Metric = request.Metric,
            Tolerance = request.Tolerance,
            Comment = request.Comment,
            IdempotencyKey = request.IdempotencyKey,
            CreatedAt = time.GetUtcNow(),
        };
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
        return new AskOutcome.Asked(Read(row, model.Name));
    }

    public async Task<Promotion?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var row = await db.Promotions.AsNoTracking().Include(p => p.Model).SingleOrDefaultAsync(p => p.Id == id, ct);
        return row is null ? null : Read(row, row.Model!.Name);
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<Promotion>> ListAsync(string? model, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var rows = await db
            .Promotions.AsNoTracking()
            .Where(p => model == null || p.Model!.Name == model)
            .Include(p => p.Model)
            .OrderByDescending(p => p.CreatedAt)
            .ThenByDescending(p => p.Id)
            .Take(MaxListed)
            .ToListAsync(ct);
        return [.. rows.Select(row => Read(row, row.Model!.Name))];
    }

    private static async Task<AskOutcome?> FindByKeyAsync(RegistryDb db, PromotionRequest request, CancellationToken ct)
    {
        if (request.IdempotencyKey is not { } key)
        {
            return null;
        }
        var row = await db.Promotions.AsNoTracking().Include(p => p.Model).SingleOrDefaultAsync(p => p.IdempotencyKey == key, ct);
        if (row is null)
        {
            return null;
        }
        var same = row.Model!.Name == request.Model && row.Version == request.Version && row.Environment == request.Environment;
        return same ? new AskOutcome.Known(Read(row, row.Model.Name)) : new AskOutcome.KeyTaken();
    }

    private static Promotion Read(PromotionRow row, string model) =>
        new()
        {
            Id = row.Id,
            Model = model,
            Version = row.Version,
            Environment = row.Environment,
            Status = row.Status,
            PreviousVersion = row.PreviousVersion,
            Gates = JsonSerializer.Deserialize(row.Gates, ContractsJson.Default.IReadOnlyListGateResult) ?? [],
            Comment = row.Comment,
            CreatedAt = row.CreatedAt,
            DecidedAt = row.DecidedAt,
        };
}
