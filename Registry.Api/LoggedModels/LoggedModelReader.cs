using System.Data.Common;
using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.LoggedModels;

/// <summary>Reads any number of logged models with their data in one round trip, a statement for each kind of data.</summary>
internal static class LoggedModelReader
{
    private const string InfosSql = """
        SELECT model_id, experiment_id, name, creation_timestamp_ms, last_updated_timestamp_ms, artifact_uri, status, model_type, source_run_id, status_message
        FROM logged_models WHERE model_id = ANY($1)
        """;

    private const string TagsSql = "SELECT model_id, key, value FROM logged_model_tags WHERE model_id = ANY($1) ORDER BY key";

    private const string ParamsSql = "SELECT model_id, key, value FROM logged_model_params WHERE model_id = ANY($1) ORDER BY key";

    // A model has a few points as a rule. Whoever logs a whole training with a model's id gets the first ones here and all of them from the run's history.
    private const string MetricsSql = """
        SELECT p.* FROM unnest($1::text[]) AS m(id) CROSS JOIN LATERAL (
            SELECT model_id, key, timestamp, step, value, run_id, dataset_name, dataset_digest FROM logged_model_metrics
            WHERE model_id = m.id ORDER BY key, timestamp, step, value LIMIT 5000
        ) p
        """;

    public static async Task<List<MlflowLoggedModel>> LoadAsync(NpgsqlConnection connection, string[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return [];
        }
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (ReadOnlySpan<string>)[InfosSql, TagsSql, ParamsSql, MetricsSql])
        {
            batch.BatchCommands.Add(Sql.BatchCommand(sql, ids));
        }
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var infos = (await ReadAsync(reader, r => (Id: r.GetString(0), Info: ReadInfo(r)), ct)).ToDictionary(r => r.Id, r => r.Info);
        await reader.NextResultAsync(ct);
        var tags = (await ReadAsync(reader, ReadPair, ct)).ToLookup(r => r.Id, r => r.Pair);
        await reader.NextResultAsync(ct);
        var parameters = (await ReadAsync(reader, ReadPair, ct)).ToLookup(r => r.Id, r => r.Pair);
        await reader.NextResultAsync(ct);
        var metrics = (await ReadAsync(reader, ReadMetric, ct)).ToLookup(m => m.ModelId!);
        return
        [
            .. ids.Where(infos.ContainsKey)
                .Select(id => new MlflowLoggedModel
                {
                    Info = infos[id] with { Tags = [.. tags[id]] },
                    Data = new MlflowLoggedModelData { Params = [.. parameters[id]], Metrics = [.. metrics[id]] },
                }),
        ];
    }

    private static async Task<List<T>> ReadAsync<T>(DbDataReader reader, Func<DbDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    private static (string Id, MlflowKeyValue Pair) ReadPair(DbDataReader row) =>
        (row.GetString(0), new MlflowKeyValue(row.GetString(1), row.GetString(2)));

    private static MlflowMetric ReadMetric(DbDataReader row) =>
        new()
        {
            ModelId = row.GetString(0),
            Key = row.GetString(1),
            Timestamp = row.GetInt64(2),
            Step = row.GetInt64(3),
            Value = row.GetDouble(4),
            RunId = row.GetString(5),
            DatasetName = row.GetString(6) is { Length: > 0 } name ? name : null,
            DatasetDigest = row.GetString(7) is { Length: > 0 } digest ? digest : null,
        };

    private static MlflowLoggedModelInfo ReadInfo(DbDataReader row) =>
        new()
        {
            ModelId = row.GetString(0),
            ExperimentId = row.GetInt64(1).ToString(CultureInfo.InvariantCulture),
            Name = row.GetString(2),
            CreationTimestampMs = row.GetInt64(3),
            LastUpdatedTimestampMs = row.GetInt64(4),
            ArtifactUri = row.GetString(5),
            Status = row.GetString(6),
            ModelType = row.IsDBNull(7) ? null : row.GetString(7),
            SourceRunId = row.IsDBNull(8) ? null : row.GetString(8),
            StatusMessage = row.IsDBNull(9) ? null : row.GetString(9),
        };
}
