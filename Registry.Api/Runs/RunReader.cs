using System.Data.Common;
using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;

namespace Slipway.Registry.Api.Runs;

/// <summary>Reads any number of runs with their data in four statements and one round trip.</summary>
internal static class RunReader
{
    public static async Task<List<MlflowRun>> LoadAsync(NpgsqlConnection connection, string[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return [];
        }
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(
            ByIds(
                "SELECT run_id, run_name, experiment_id, user_id, status, start_time, end_time, artifact_uri, lifecycle_stage FROM runs WHERE run_id = ANY($1)",
                ids
            )
        );
        batch.BatchCommands.Add(
            ByIds("SELECT run_id, key, value, timestamp, step FROM latest_metrics WHERE run_id = ANY($1) ORDER BY run_id, key", ids)
        );
        batch.BatchCommands.Add(ByIds("SELECT run_id, key, value FROM run_params WHERE run_id = ANY($1) ORDER BY run_id, key", ids));
        batch.BatchCommands.Add(ByIds("SELECT run_id, key, value FROM run_tags WHERE run_id = ANY($1) ORDER BY run_id, key", ids));

        await using var reader = await batch.ExecuteReaderAsync(ct);
        var infos = new Dictionary<string, MlflowRunInfo>(ids.Length, StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            infos[reader.GetString(0)] = ReadInfo(reader);
        }
        await reader.NextResultAsync(ct);
        var metrics = await GroupAsync(
            reader,
            r => new MlflowMetric
            {
                Key = r.GetString(1),
                Value = r.GetDouble(2),
                Timestamp = r.GetInt64(3),
                Step = r.GetInt64(4),
            },
            ct
        );
        await reader.NextResultAsync(ct);
        var parameters = await GroupAsync(reader, ReadPair, ct);
        await reader.NextResultAsync(ct);
        var tags = await GroupAsync(reader, ReadPair, ct);

        return
        [
            .. ids.Where(infos.ContainsKey)
                .Select(id => new MlflowRun
                {
                    Info = infos[id],
                    Data = new MlflowRunData
                    {
                        Metrics = metrics.GetValueOrDefault(id, []),
                        Params = parameters.GetValueOrDefault(id, []),
                        Tags = tags.GetValueOrDefault(id, []),
                    },
                }),
        ];
    }

    public static MlflowMetric ReadMetric(DbDataReader row) =>
        new()
        {
            Key = row.GetString(0),
            Value = row.GetDouble(1),
            Timestamp = row.GetInt64(2),
            Step = row.GetInt64(3),
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

    private static NpgsqlBatchCommand ByIds(string sql, string[] ids)
    {
#pragma warning disable CA2100 // Constant text of this file.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100 // see above
        command.Parameters.Add(new NpgsqlParameter { Value = ids });
        return command;
    }

    private static async Task<Dictionary<string, List<T>>> GroupAsync<T>(
        DbDataReader reader,
        Func<DbDataReader, T> read,
        CancellationToken ct
    )
    {
        var groups = new Dictionary<string, List<T>>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetString(0);
            if (!groups.TryGetValue(id, out var group))
            {
                groups[id] = group = [];
            }
            group.Add(read(reader));
        }
        return groups;
    }
}
