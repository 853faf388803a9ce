using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Models;

/// <summary>Models and versions for pages and tools.</summary>
internal sealed class ModelOverviewStore(IDbContextFactory<RegistryDb> databases, NpgsqlDataSource source, AccessFilter access)
{
    private const int MaxModels = 1000;
    private const int MaxVersions = 100;

    /// <summary>All models by name, each with its newest versions in short.</summary>
    public async Task<IReadOnlyList<ModelOverview>> ListAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var readable = await access.ReadableModelsAsync(ct);
        var models = db.Models.Where(m => readable == null || readable.Contains(m.Id)).OrderBy(m => m.Name).Take(MaxModels);
        return await LoadAsync(db, models, full: false, ct);
    }

    /// <summary>A model, its newest versions with everything.</summary>
    public async Task<ModelOverview?> FindAsync(string name, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return (await LoadAsync(db, db.Models.Where(m => m.Name == name), full: true, ct)).FirstOrDefault();
    }

    /// <summary>A version with everything: report, metrics, files.</summary>
    public async Task<ModelVersionOverview?> FindVersionAsync(string name, int version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var row = await db
            .Versions.AsNoTracking()
            .Include(v => v.Tags)
            .Include(v => v.Files)
            .AsSplitQuery()
            .SingleOrDefaultAsync(v => v.Model!.Name == name && v.Version == version, ct);
        if (row is null)
        {
            return null;
        }
        var metrics = await MetricsAsync([row.RunId], ct);
        return Full(row, metrics);
    }

    private async Task<List<ModelOverview>> LoadAsync(RegistryDb db, IQueryable<RegisteredModelRow> query, bool full, CancellationToken ct)
    {
        var models = await query.AsNoTracking().Include(m => m.Aliases).ToListAsync(ct);
        var ids = models.Select(m => m.Id).ToList();
        // Numbers are never reused, so the newest hundred are those above the highest ever given minus a hundred, deleted ones among them.
        var versions = db
            .Versions.AsNoTracking()
            .Where(v => ids.Contains(v.ModelId) && v.Version > v.Model!.LastVersion - MaxVersions)
            .Include(v => v.Tags);
        var rows = await (full ? versions.Include(v => v.Files).AsSplitQuery() : versions).ToListAsync(ct);
        var metrics = await MetricsAsync([.. rows.Select(r => r.RunId)], ct);
        var byModel = rows.ToLookup(r => r.ModelId);
        return
        [
            .. models.Select(m => new ModelOverview
            {
                Name = m.Name,
                Aliases = m.Aliases.OrderBy(a => a.Alias, StringComparer.Ordinal).ToDictionary(a => a.Alias, a => a.Version),
                Versions = [.. byModel[m.Id].OrderByDescending(v => v.Version).Select(v => full ? Full(v, metrics) : Short(v, metrics))],
            }),
        ];
    }

    private async Task<ILookup<string, (string Key, double Value)>> MetricsAsync(IReadOnlyList<string?> runs, CancellationToken ct)
    {
        var rows = await source.QueryAsync(
            // JSON numbers cannot be NaN, and a page has no use for one.
            "SELECT run_id, key, value FROM latest_metrics WHERE run_id = ANY($1) AND value <> 'NaN'",
            r => (Run: r.GetString(0), Key: r.GetString(1), Value: r.GetDouble(2)),
            ct,
            runs.OfType<string>().Distinct().ToArray()
        );
        return rows.ToLookup(r => r.Run, r => (r.Key, r.Value));
    }

    private static ModelVersionOverview Full(ModelVersionRow row, ILookup<string, (string Key, double Value)> metrics) =>
        Short(row, metrics) with
        {
            Vetting = row.VettingReport is { } json ? JsonSerializer.Deserialize(json, ContractsJson.Default.VettingReport) : null,
            Files = [.. row.Files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ServedFile(f.Path, f.Sha256, f.SizeBytes))],
        };

    private static ModelVersionOverview Short(ModelVersionRow row, ILookup<string, (string Key, double Value)> metrics) =>
        new()
        {
            Version = row.Version,
            RunId = row.RunId,
            CreatedAt = row.CreatedAt,
            VettingStatus = row.VettingStatus,
            Metrics = row.RunId is { } run ? metrics[run].ToDictionary(m => m.Key, m => m.Value) : new Dictionary<string, double>(),
            Tags = row.Tags.ToDictionary(t => t.Key, t => t.Value),
        };
}
