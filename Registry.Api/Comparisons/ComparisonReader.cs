using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Comparisons;

/// <summary>Reads a version with its run's numbers, its report and its baseline.</summary>
internal sealed class ComparisonReader(IDbContextFactory<RegistryDb> databases, NpgsqlDataSource source, BlobReader blobs)
{
    private const long MaxBaselineBytes = 32 << 20;

    public async Task<VersionSide?> FindAsync(string model, int version, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var row = await db
            .Versions.AsNoTracking()
            .Include(v => v.Tags)
            .Include(v => v.Files)
            .AsSplitQuery()
            .SingleOrDefaultAsync(v => v.Model!.Name == model && v.Version == version, ct);
        if (row is null)
        {
            return null;
        }
        var run = row.RunId ?? "";
        var parameters = await source.QueryAsync(
            "SELECT key, value FROM run_params WHERE run_id = $1",
            r => (Key: r.GetString(0), Value: r.GetString(1)),
            ct,
            run
        );
        var metrics = await source.QueryAsync(
            // JSON numbers are finite.
            "SELECT key, value FROM latest_metrics WHERE run_id = $1 AND value NOT IN ('NaN', 'Infinity', '-Infinity')",
            r => (Key: r.GetString(0), Value: r.GetDouble(1)),
            ct,
            run
        );
        return new VersionSide
        {
            Row = row,
            Report = row.VettingReport is { } json ? JsonSerializer.Deserialize(json, ContractsJson.Default.VettingReport) : null,
            Params = parameters.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal),
            Metrics = metrics.ToDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal),
            Baseline = await ReadBaselineAsync(row, ct),
        };
    }

    /// <summary>Null where there is none that can be read: a comparison of the rest is worth having.</summary>
    private async Task<BaselineProfile?> ReadBaselineAsync(ModelVersionRow row, CancellationToken ct)
    {
        if (row.Files.Find(f => f.Path == BaselineProfile.FileName) is not { SizeBytes: <= MaxBaselineBytes } file)
        {
            return null;
        }
        try
        {
            await using var content = await blobs.OpenAsync(new Blob(file.Sha256, file.SizeBytes), ct);
            return await JsonSerializer.DeserializeAsync(content, ContractsJson.Default.BaselineProfile, ct);
        }
        catch (Exception e) when (e is JsonException or BlobDamagedException)
        {
            return null;
        }
    }
}
