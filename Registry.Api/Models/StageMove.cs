using Microsoft.EntityFrameworkCore;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>Moves a version to a stage and records it. The caller holds the model's lock and commits.</summary>
internal static class StageMove
{
    public static async Task ApplyAsync(
        RegistryDb db,
        ChangeRecorder recorder,
        RegisteredModelRow model,
        int version,
        string stage,
        bool archiveOthers,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var rows = await db
            .Versions.Where(v => v.ModelId == model.Id && (v.Version == version || (archiveOthers && v.Stage == stage)))
            .OrderBy(v => v.Version)
            .ToListAsync(ct);
        var before = rows.ConvertAll(row => row.Stage);
        foreach (var row in rows)
        {
            row.Stage = row.Version == version ? stage : ModelStages.Archived;
            row.UpdatedAt = now;
        }
        model.UpdatedAt = now;
        await db.SaveChangesAsync(ct);
        foreach (var (row, stageBefore) in rows.Zip(before).Where(pair => pair.First.Stage != pair.Second))
        {
            await recorder.RecordAsync(db, ModelChanges.StageChanged(model.Name, row.Version, stageBefore, row.Stage), ct);
        }
    }
}
