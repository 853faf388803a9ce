using Microsoft.EntityFrameworkCore;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Where aliases pointed, and who moved them.</summary>
internal sealed class AliasHistoryStore(IDbContextFactory<RegistryDb> databases)
{
    public const int MaxListed = 200;

    /// <summary>Moves, newest first, those before the one numbered <paramref name="before"/>; null where there is no such model.</summary>
    public async Task<AliasHistoryPage?> ListAsync(string model, string alias, long? before, int limit, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await FindModelAsync(db, model, ct) is not { } modelId)
        {
            return null;
        }
        var rows = await Moves(db, modelId, alias)
            .Where(h => before == null || h.Id < before)
            .OrderByDescending(h => h.Id)
            .Take(limit + 1)
            .ToListAsync(ct);
        var shown = rows.Take(limit).ToList();
        return new AliasHistoryPage(
            [.. shown.Select(Read)],
            rows.Count > limit ? shown[^1].Id.ToString(System.Globalization.CultureInfo.InvariantCulture) : null
        );
    }

    /// <summary>The last move up to a time; null where there is none, or it removed the alias.</summary>
    public async Task<AliasMoved?> FindHolderAsync(string model, string alias, DateTimeOffset at, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await FindModelAsync(db, model, ct) is not { } modelId)
        {
            return null;
        }
        // In the order in which they happened: two replicas' clocks may differ.
        var last = await Moves(db, modelId, alias).Where(h => h.At <= at).OrderByDescending(h => h.Id).FirstOrDefaultAsync(ct);
        return last?.Version is null ? null : Read(last);
    }

    private static IQueryable<AliasHistoryRow> Moves(RegistryDb db, long modelId, string alias) =>
        db.AliasHistory.AsNoTracking().Where(h => h.ModelId == modelId && h.Alias == alias);

    private static Task<long?> FindModelAsync(RegistryDb db, string model, CancellationToken ct) =>
        db.Models.Where(m => m.Name == model).Select(m => (long?)m.Id).SingleOrDefaultAsync(ct);

    private static AliasMoved Read(AliasHistoryRow row) =>
        new()
        {
            Alias = row.Alias,
            At = row.At,
            Version = row.Version,
            PreviousVersion = row.PreviousVersion,
            By = row.Actor,
            Reason = row.Reason,
            Promotion = row.PromotionId,
        };
}
