using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Telemetry;

namespace Slipway.Registry.Api.Runs;

/// <summary>
/// Writes what runs log: one statement a kind, whatever the number of rows, all of a request in one transaction. Writing the same again changes nothing.
/// </summary>
internal sealed class RunLogStore(NpgsqlDataSource source, RegistryMetrics telemetry)
{
    public const string UpsertTagsSql = """
        INSERT INTO run_tags (run_id, key, value) SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS t(key, value)
        ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string InsertMetricsSql = """
        INSERT INTO metrics (run_id, key, timestamp, step, value)
        SELECT $1, key, timestamp, step, value FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::double precision[]) AS m(key, timestamp, step, value)
        ON CONFLICT DO NOTHING
        """;

    // The last point is the greatest by step, then time, then value; NaN counts as the greatest value.
    private const string UpsertLatestSql = """
        INSERT INTO latest_metrics (run_id, key, timestamp, step, value)
        SELECT $1, key, timestamp, step, value FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::double precision[]) AS m(key, timestamp, step, value)
        ON CONFLICT (run_id, key) DO UPDATE SET timestamp = excluded.timestamp, step = excluded.step, value = excluded.value
        WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)
        """;

    private const string InsertParamsSql = """
        INSERT INTO run_params (run_id, key, value) SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS p(key, value)
        ON CONFLICT (run_id, key) DO NOTHING
        """;

    private const string ChangedParamsSql = """
        SELECT p.key, p.value, n.value FROM run_params p JOIN unnest($2::text[], $3::text[]) AS n(key, value) ON n.key = p.key
        WHERE p.run_id = $1 AND p.value <> n.value ORDER BY p.key
        """;

    public async Task LogAsync(string runId, RunBatch batch, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await WriteAsync(connection, runId, batch, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw RunStore.NotFound(runId);
        }
        await transaction.CommitAsync(ct);
        telemetry.Logged(batch.Metrics.Count);
    }

    public async Task DeleteTagAsync(string runId, string key, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await RunStore.RequireActiveAsync(connection, runId, ct);
        if (await connection.ExecuteAsync("DELETE FROM run_tags WHERE run_id = $1 AND key = $2", ct, runId, key) == 0)
        {
            throw MlflowRefusal.NotFound($"No tag with name: {MlflowRules.Shorten(key)} in run with id {runId}");
        }
    }

    /// <summary>Appends a JSON object to the list in the run's tag of models.</summary>
    public async Task AppendModelAsync(string runId, string modelJson, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await RunStore.RequireActiveAsync(connection, runId, ct);
        var written = await connection.ExecuteAsync(
            """
            INSERT INTO run_tags (run_id, key, value) VALUES ($1, $2, '[' || $3::text || ']')
            ON CONFLICT (run_id, key) DO UPDATE SET value = left(run_tags.value, -1) || ', ' || $3::text || ']' WHERE length(run_tags.value) < 4000000
            """,
            ct,
            runId,
            RunTags.ModelHistory,
            modelJson
        );
        if (written == 0)
        {
            throw MlflowRefusal.Invalid($"The run {runId} has logged too many models: the tag {RunTags.ModelHistory} is full.");
        }
    }

    private static async Task WriteAsync(NpgsqlConnection connection, string runId, RunBatch log, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command("SELECT lifecycle_stage FROM runs WHERE run_id = $1", runId));
        // Rows are written in the order of their keys, so that two requests never wait for each other in a circle.
        var parameters = log.Params.OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
        if (parameters.Count > 0)
        {
            var keys = parameters.Select(p => p.Key).ToArray();
            var values = parameters.Select(p => p.Value).ToArray();
            batch.BatchCommands.Add(Command(InsertParamsSql, runId, keys, values));
            batch.BatchCommands.Add(Command(ChangedParamsSql, runId, keys, values));
        }
        AddMetrics(batch, runId, log.Metrics);
        if (log.Tags.Count > 0)
        {
            AddTags(batch, runId, [.. log.Tags.OrderBy(t => t.Key, StringComparer.Ordinal)]);
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            throw RunStore.NotFound(runId);
        }
        if (reader.GetString(0) != LifecycleStage.Active)
        {
            throw RunStore.NotActive(runId, reader.GetString(0));
        }
        if (await reader.NextResultAsync(ct) && parameters.Count > 0 && await reader.ReadAsync(ct))
        {
            throw MlflowRefusal.Invalid(
                $"Changing param values is not allowed. Param with key='{reader.GetString(0)}' was already logged with value='{MlflowRules.Shorten(reader.GetString(1))}' for run ID='{runId}'. Attempted logging new value '{MlflowRules.Shorten(reader.GetString(2))}'."
            );
        }
        while (await reader.NextResultAsync(ct))
        {
            // Reading on is what surfaces an error of a later statement.
        }
    }

    private static void AddMetrics(NpgsqlBatch batch, string runId, IReadOnlyList<MlflowMetric> metrics)
    {
        if (metrics.Count == 0)
        {
            return;
        }
        var ordered = metrics.OrderBy(m => m.Key, StringComparer.Ordinal).ThenBy(m => m.Step).ThenBy(m => m.Timestamp).ToList();
        batch.BatchCommands.Add(MetricCommand(InsertMetricsSql, runId, ordered));
        var latest = ordered
            .GroupBy(m => m.Key, StringComparer.Ordinal)
            // Double.CompareTo sorts NaN lowest; here it is the greatest.
            .Select(group => group.MaxBy(m => (m.Step, m.Timestamp, double.IsNaN(m.Value) ? double.PositiveInfinity : m.Value))!)
            .ToList();
        batch.BatchCommands.Add(MetricCommand(UpsertLatestSql, runId, latest));
    }

    private static void AddTags(NpgsqlBatch batch, string runId, List<MlflowKeyValue> tags)
    {
        batch.BatchCommands.Add(Command(UpsertTagsSql, runId, tags.Select(t => t.Key).ToArray(), tags.Select(t => t.Value).ToArray()));
        if (tags.FirstOrDefault(t => t.Key == RunTags.RunName) is { } name)
        {
            batch.BatchCommands.Add(Command("UPDATE runs SET run_name = $2 WHERE run_id = $1", runId, name.Value));
        }
    }

    private static NpgsqlBatchCommand MetricCommand(string sql, string runId, List<MlflowMetric> metrics) =>
        Command(
            sql,
            runId,
            metrics.Select(m => m.Key).ToArray(),
            metrics.Select(m => m.Timestamp).ToArray(),
            metrics.Select(m => m.Step).ToArray(),
            metrics.Select(m => m.Value).ToArray()
        );

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
#pragma warning disable CA2100 // Constant text of this file.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100 // see above
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }
        return command;
    }
}
