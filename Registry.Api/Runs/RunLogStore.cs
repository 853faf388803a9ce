using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.LoggedModels;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Telemetry;

namespace Slipway.Registry.Api.Runs;

/// <summary>
/// Writes what runs log: one statement a kind, whatever the number of rows, and all of a request in one transaction. Writing the same again changes nothing.
/// Each statement writes only while the run is active, so that a request which needs no second look is a single round trip.
/// </summary>
internal sealed class RunLogStore(NpgsqlDataSource source, PointWriter points, RegistryMetrics telemetry)
{
    public const string UpsertTagsSql = """
        INSERT INTO run_tags (run_id, key, value) SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS t(key, value)
        WHERE EXISTS (SELECT 1 FROM runs WHERE run_id = $1 AND lifecycle_stage = 'active')
        ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string StageSql = "SELECT lifecycle_stage FROM runs WHERE run_id = $1";

    private const string RenameSql = "UPDATE runs SET run_name = $2 WHERE run_id = $1 AND lifecycle_stage = 'active'";

    private const string InsertParamsSql = """
        INSERT INTO run_params (run_id, key, value) SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS p(key, value)
        WHERE EXISTS (SELECT 1 FROM runs WHERE run_id = $1 AND lifecycle_stage = 'active')
        ON CONFLICT (run_id, key) DO NOTHING
        """;

    private const string ChangedParamsSql = """
        SELECT p.key, p.value, n.value FROM run_params p JOIN unnest($2::text[], $3::text[]) AS n(key, value) ON n.key = p.key
        WHERE p.run_id = $1 AND p.value <> n.value ORDER BY p.key LIMIT 1
        """;

    public async Task LogAsync(string runId, RunBatch batch, CancellationToken ct)
    {
        if (batch is { Metrics.Count: > 0, Params.Count: 0, Tags.Count: 0 } && batch.Metrics.All(m => m.ModelId is null))
        {
            RunStore.RequireActive(runId, await points.WriteAsync(runId, batch.Metrics, ct));
        }
        else
        {
            await LogMixedAsync(runId, batch, ct);
        }
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

    private async Task LogMixedAsync(string runId, RunBatch batch, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var models = batch.Metrics.Where(m => m.ModelId is not null).ToList();
        if (batch.Params.Count == 0 && models.Count == 0)
        {
            // No statement can find a reason to take back what an earlier one wrote; the batch is one transaction by itself.
            await WriteAsync(connection, runId, batch, ct);
            return;
        }
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await WriteAsync(connection, runId, batch, ct);
        await LoggedModelMetrics.WriteAsync(connection, runId, models, ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task WriteAsync(NpgsqlConnection connection, string runId, RunBatch log, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        // Rows are written in the order of their keys, so that two requests never wait for each other in a circle.
        if (log.Params.Count > 0)
        {
            var ordered = log.Params.OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
            var (keys, values) = (ordered.Select(p => p.Key).ToArray(), ordered.Select(p => p.Value).ToArray());
            batch.BatchCommands.Add(Sql.BatchCommand(InsertParamsSql, runId, keys, values));
            batch.BatchCommands.Add(Sql.BatchCommand(ChangedParamsSql, runId, keys, values));
        }
        batch.BatchCommands.Add(
            log.Metrics.Count > 0 ? PointStatement.Of(runId, log.Metrics, PointStatement.AnySql) : Sql.BatchCommand(StageSql, runId)
        );
        if (log.Tags.Count > 0)
        {
            AddTags(batch, runId, [.. log.Tags.OrderBy(t => t.Key, StringComparer.Ordinal)]);
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        string? changed = null;
        if (log.Params.Count > 0)
        {
            if (await reader.ReadAsync(ct))
            {
                changed =
                    $"Changing param values is not allowed. Param with key='{reader.GetString(0)}' was already logged with value='{MlflowRules.Shorten(reader.GetString(1))}' for run ID='{runId}'. Attempted logging new value '{MlflowRules.Shorten(reader.GetString(2))}'.";
            }
            await reader.NextResultAsync(ct);
        }
        var stage = await reader.ReadAsync(ct) ? reader.GetString(0) : null;
        while (await reader.NextResultAsync(ct))
        {
            // Reading on is what surfaces an error of a later statement.
        }
        RunStore.RequireActive(runId, stage);
        if (changed is not null)
        {
            throw MlflowRefusal.Invalid(changed);
        }
    }

    private static void AddTags(NpgsqlBatch batch, string runId, List<MlflowKeyValue> tags)
    {
        batch.BatchCommands.Add(
            Sql.BatchCommand(UpsertTagsSql, runId, tags.Select(t => t.Key).ToArray(), tags.Select(t => t.Value).ToArray())
        );
        if (tags.FirstOrDefault(t => t.Key == RunTags.RunName) is { } name)
        {
            batch.BatchCommands.Add(Sql.BatchCommand(RenameSql, runId, name.Value));
        }
    }
}
