using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Policies;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Reads what the gates look at, within the caller's transaction.</summary>
internal sealed class PromotionFactsReader(EvaluationRowsReader rows)
{
    public async Task<PromotionFacts> ReadAsync(
        RegistryDb db,
        PromotionRow promotion,
        EnvironmentPolicy policy,
        OpenAlerts? alerts,
        CancellationToken ct
    )
    {
        var holder = await db
            .Aliases.Where(a => a.ModelId == promotion.ModelId && a.Alias == promotion.Environment)
            .Select(a => (int?)a.Version)
            .SingleOrDefaultAsync(ct);
        var candidate = await ReadVersionAsync(db, promotion.ModelId, promotion.Version, ct);
        if (candidate?.Facts.ComparedWith is { } compared && compared == holder?.ToString(CultureInfo.InvariantCulture))
        {
            // Only a file that speaks of the incumbent is of use.
            candidate = candidate.Value with
            {
                Facts = candidate.Value.Facts with { Rows = await rows.ReadAsync(db, candidate.Value.RunId!, ct) },
            };
        }
        return new PromotionFacts
        {
            Environment = promotion.Environment,
            Metric = promotion.Metric,
            Tolerance = promotion.Tolerance,
            Candidate = candidate?.Facts,
            Incumbent = holder is { } version ? (await ReadVersionAsync(db, promotion.ModelId, version, ct))?.Facts : null,
            Consumers = await ConsumerStore.ReadAsync(db, promotion.ModelId, ct),
            HasHeldFrom =
                policy.From is { } from
                && await db.AliasHistory.AnyAsync(
                    h => h.ModelId == promotion.ModelId && h.Alias == from && h.Version == promotion.Version,
                    ct
                ),
            Alerts = alerts,
        };
    }

    private static async Task<(string? RunId, VersionFacts Facts)?> ReadVersionAsync(
        RegistryDb db,
        long modelId,
        int version,
        CancellationToken ct
    )
    {
        var row = await db
            .Versions.AsNoTracking()
            .Include(v => v.Tags)
            .SingleOrDefaultAsync(v => v.ModelId == modelId && v.Version == version, ct);
        if (row is null)
        {
            return null;
        }
        var facts = new VersionFacts
        {
            Version = version,
            VettingStatus = row.VettingStatus,
            Report = row.VettingReport is { } json ? JsonSerializer.Deserialize(json, ContractsJson.Default.VettingReport) : null,
            Tags = row.Tags.ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal),
        };
        if (row.RunId is null)
        {
            return (null, facts);
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
        return (
            row.RunId,
            facts with
            {
                Metrics = metrics.ToDictionary(m => m.Key, m => m.Value),
                ComparedWith = compared.FirstOrDefault(),
            }
        );
    }
}
