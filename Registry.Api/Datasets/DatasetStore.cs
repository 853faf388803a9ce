using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Datasets;

/// <summary>Which datasets the runs of experiments have read, and what for.</summary>
internal sealed class DatasetStore(NpgsqlDataSource source, AccessFilter access)
{
    private const int MaxSummaries = 1000;

    public Task<List<MlflowDatasetSummary>> SearchAsync(long[] experimentIds, CancellationToken ct)
    {
        List<object?> values = [experimentIds, MaxSummaries, DatasetReader.ContextTag];
        return source.QueryAsync(
            $"""
            SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value
            FROM datasets d JOIN run_datasets i ON i.dataset_id = d.dataset_id
            JOIN runs r ON r.run_id = i.run_id AND r.lifecycle_stage = 'active'
            LEFT JOIN run_dataset_tags t ON t.run_id = i.run_id AND t.dataset_id = i.dataset_id AND t.key = $3
            WHERE d.experiment_id = ANY($1) AND {access.OfExperiments(values, "d.experiment_id")}
            ORDER BY d.experiment_id, d.name, d.digest, t.value LIMIT $2
            """,
            r => new MlflowDatasetSummary(
                r.GetInt64(0).ToString(CultureInfo.InvariantCulture),
                r.GetString(1),
                r.GetString(2),
                r.IsDBNull(3) ? null : r.GetString(3)
            ),
            ct,
            values
        );
    }
}
