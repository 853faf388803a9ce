using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Training;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Reads what the gates look at, within the caller's transaction.</summary>
internal static class PromotionFactsReader
{
    public static async Task<PromotionFacts> ReadAsync(RegistryDb db, PromotionRow promotion, CancellationToken ct)
    {
        var holder = await db
            .Aliases.Where(a => a.ModelId == promotion.ModelId && a.Alias == promotion.Environment)
            .Select(a => (int?)a.Version)
            .SingleOrDefaultAsync(ct);
        return new PromotionFacts
        {
            Environment = promotion.Environment,
            Metric = promotion.Metric,
            Tolerance = promotion.Tolerance,
            Candidate = await ReadVersionAsync(db, promotion.ModelId, promotion.Version, ct),
            Incumbent = holder is { } version ? await ReadVersionAsync(db, promotion.ModelId, version, ct) : null,
        };
    }

    private static async Task<VersionFacts?> ReadVersionAsync(RegistryDb db, long modelId, int version, CancellationToken ct)
    {
        var row = await db.Versions.AsNoTracking().SingleOrDefaultAsync(v => v.ModelId == modelId && v.Version == version, ct);
        if (row is null)
        {
            return null;
        }
        var facts = new VersionFacts
        {
            Version = version,
            VettingStatus = row.VettingStatus,
            Report = row.VettingReport is { } json ? JsonSerializer.Deserialize(json, ContractsJson.Default.VettingReport) : null,
        };
        if (row.RunId is null)
        {
            return facts;
        }
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var metrics = await connection.QueryAsync(
            "SELECT key, value FROM latest_metrics WHERE run_id = $1",
            r => (Key: r.GetString(0), Value: r.GetDouble(1)),
            ct,
            row.RunId
        );
        var compared = await connection.QueryAsync(
            "SELECT value FROM run_tags WHERE run_id = $1 AND key = $2",
            r => r.GetString(0),
            ct,
            row.RunId,
            RunNames.IncumbentVersionTag
        );
        return facts with { Metrics = metrics.ToDictionary(m => m.Key, m => m.Value), ComparedWith = compared.FirstOrDefault() };
    }
}
