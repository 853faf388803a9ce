using System.Data.Common;
using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Datasets;

namespace Slipway.Registry.Api.Runs;

/// <summary>Reads any number of runs with their data in one round trip, a statement for each kind of data.</summary>
internal static class RunReader
{
    private const string InfosSql =
        "SELECT run_id, run_name, experiment_id, user_id, status, start_time, end_time, artifact_uri, lifecycle_stage FROM runs WHERE run_id = ANY($1)";

    private const string MetricsSql =
        "SELECT run_id, key, value, timestamp, step FROM latest_metrics WHERE run_id = ANY($1) ORDER BY run_id, key";

    private const string ParamsSql = "SELECT run_id, key, value FROM run_params WHERE run_id = ANY($1) ORDER BY run_id, key";

    private const string TagsSql = "SELECT run_id, key, value FROM run_tags WHERE run_id = ANY($1) ORDER BY run_id, key";

    private const string ModelsSql =
        "SELECT run_id, is_output, model_id, step FROM run_models WHERE run_id = ANY($1) ORDER BY run_id, is_output, step, model_id";

    public static async Task<List<MlflowRun>> LoadAsync(NpgsqlConnection connection, string[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return [];
        }
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (ReadOnlySpan<string>)[InfosSql, MetricsSql, ParamsSql, TagsSql, ModelsSql, DatasetReader.Sql])
        {
            batch.BatchCommands.Add(Sql.BatchCommand(sql, ids));
        }
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var infos = new Dictionary<string, MlflowRunInfo>(ids.Length, StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            infos[reader.GetString(0)] = ReadInfo(reader);
        }
        var metrics = await NextAsync(reader, ReadMetric, ct);
        var parameters = await NextAsync(reader, ReadPair, ct);
        var tags = await NextAsync(reader, ReadPair, ct);
        var models = await NextAsync(
            reader,
            r => (IsOutput: r.GetBoolean(1), Model: new MlflowModelOutput(r.GetString(2), r.GetInt64(3))),
            ct
        );
        var datasets = await NextAsync(reader, DatasetReader.Read, ct);

        var runs = new List<MlflowRun>(ids.Length);
        foreach (var id in ids)
        {
            if (infos.TryGetValue(id, out var info))
            {
                var linked = models.GetValueOrDefault(id, []);
                var outputs = linked.Where(m => m.IsOutput).Select(m => m.Model).ToList();
                runs.Add(
                    new MlflowRun
                    {
                        Info = info,
                        Data = new MlflowRunData
                        {
                            Metrics = metrics.GetValueOrDefault(id, []),
                            Params = parameters.GetValueOrDefault(id, []),
                            Tags = tags.GetValueOrDefault(id, []),
                        },
                        Inputs = new MlflowRunInputs
                        {
                            DatasetInputs = DatasetReader.Merge(datasets.GetValueOrDefault(id, [])),
                            ModelInputs = [.. linked.Where(m => !m.IsOutput).Select(m => new MlflowModelInput(m.Model.ModelId))],
                        },
                        Outputs = outputs.Count > 0 ? new MlflowRunOutputs { ModelOutputs = outputs } : null,
                    }
                );
            }
        }
        return runs;
    }

    private static MlflowMetric ReadMetric(DbDataReader row) =>
        new()
        {
            Key = row.GetString(1),
            Value = row.GetDouble(2),
            Timestamp = row.GetInt64(3),
            Step = row.GetInt64(4),
        };

    private static MlflowKeyValue ReadPair(DbDataReader row) => new(row.GetString(1), row.GetString(2));

    private static MlflowRunInfo ReadInfo(DbDataReader row) =>
        new()
        {
            RunId = row.GetString(0),
            RunUuid = row.GetString(0),
            RunName = row.GetString(1),
            ExperimentId = row.GetInt64(2).ToString(CultureInfo.InvariantCulture),
            UserId = row.GetString(3),
            Status = row.GetString(4),
            StartTime = row.GetInt64(5),
            EndTime = row.IsDBNull(6) ? null : row.GetInt64(6),
            ArtifactUri = row.GetString(7),
            LifecycleStage = row.GetString(8),
        };

    /// <summary>The rows of the next statement, by the run's id in their first column.</summary>
    private static async Task<Dictionary<string, List<T>>> NextAsync<T>(
        NpgsqlDataReader reader,
        Func<DbDataReader, T> read,
        CancellationToken ct
    )
    {
        await reader.NextResultAsync(ct);
        var groups = new Dictionary<string, List<T>>(StringComparer.Ordinal);
        var (current, group) = ("", new List<T>());
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetString(0);
            if (id != current)
            {
                groups[id] = group = [];
                current = id;
            }
            group.Add(read(reader));
        }
        return groups;
    }
}
