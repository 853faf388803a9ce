using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>Attaches points that runs log to the models they name as well. Writing the same again changes nothing.</summary>
internal static class LoggedModelMetrics
{
    private const string MissingSql = """
        SELECT id FROM unnest($1::text[]) AS m(id)
        WHERE NOT EXISTS (SELECT 1 FROM logged_models WHERE model_id = id AND lifecycle_stage = 'active') LIMIT 1
        """;

    private const string InsertSql = """
        INSERT INTO logged_model_metrics (run_id, model_id, key, timestamp, step, value, dataset_name, dataset_digest)
        SELECT $1, m.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::double precision[], $7::text[], $8::text[]) AS m
        ORDER BY 2, 3, 4, 5, 6
        ON CONFLICT DO NOTHING
        """;

    public static async Task WriteAsync(NpgsqlConnection connection, string runId, List<MlflowMetric> metrics, CancellationToken ct)
    {
        if (metrics.Count == 0)
        {
            return;
        }
        var ids = metrics.Select(m => m.ModelId!).ToArray();
        var missing = await connection.QueryAsync(MissingSql, r => r.GetString(0), ct, ids.Distinct(StringComparer.Ordinal).ToArray());
        if (missing.Count > 0)
        {
            throw LoggedModelStore.NotFound(missing[0]);
        }
        await connection.ExecuteAsync(
            InsertSql,
            ct,
            runId,
            ids,
            metrics.Select(m => m.Key).ToArray(),
            metrics.Select(m => m.Timestamp).ToArray(),
            metrics.Select(m => m.Step).ToArray(),
            metrics.Select(m => m.Value).ToArray(),
            metrics.Select(m => m.DatasetName ?? "").ToArray(),
            metrics.Select(m => m.DatasetDigest ?? "").ToArray()
        );
    }
}
