using Microsoft.EntityFrameworkCore;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>Moves an alias, keeps its history and records the change. The caller holds the model's lock and commits.</summary>
internal static class AliasMove
{
    /// <summary>Points the alias to a version, or removes it where that is null; the answer is where it pointed before.</summary>
    public static async Task<int?> ApplyAsync(
        RegistryDb db,
        ChangeRecorder recorder,
        RegisteredModelRow model,
        string alias,
        int? version,
        MoveCause cause,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var row = await db.Aliases.SingleOrDefaultAsync(a => a.ModelId == model.Id && a.Alias == alias, ct);
        var previous = row?.Version;
        if (previous == version)
        {
            return previous;
        }
        if (version is { } target && row is not null)
        {
            row.Version = target;
        }
        else if (version is { } first)
        {
            db.Aliases.Add(
                new AliasRow
                {
                    ModelId = model.Id,
                    Alias = alias,
                    Version = first,
                }
            );
        }
        else
        {
            db.Aliases.Remove(row!);
        }
        db.AliasHistory.Add(
            new AliasHistoryRow
            {
                ModelId = model.Id,
                Alias = alias,
                Version = version,
                PreviousVersion = previous,
                PromotionId = cause.PromotionId,
                Actor = cause.Actor,
                Reason = cause.Reason,
                At = now,
            }
        );
        await db.SaveChangesAsync(ct);
        await recorder.RecordAsync(db, ModelChanges.AliasMoved(model.Name, alias, previous, version), ct);
        return previous;
    }
}
