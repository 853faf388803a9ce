using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Retention;

/// <summary>Deletes old predictions with their outcomes, and outcomes that waited too long, some thousand rows a transaction; at last also windows and alerts.</summary>
internal sealed class RetentionPass(
    NpgsqlDataSource database,
    IOptions<RetentionOptions> options,
    MonitoringMetrics metrics,
    TimeProvider time,
    ILogger<RetentionPass> logger
)
{
    private const string ExpireParked = """
        DELETE FROM outcomes WHERE NOT joined AND prediction_id IN
            (SELECT prediction_id FROM outcomes WHERE NOT joined AND received_at < $1 ORDER BY received_at LIMIT $2)
        """;

    private const string DeleteWindows = """
        WITH alerts_gone AS (
            DELETE FROM alerts WHERE status = 'cleared' AND cleared_at < $1
        ), retrains_gone AS (
            DELETE FROM retrain_requests WHERE state = 'ended' AND created_at < $1
        ), baselines_gone AS (
            -- One that is still needed is fetched anew.
            DELETE FROM baselines WHERE fetched_at < $1
        )
        DELETE FROM windows WHERE updated_at < $1
        """;

    // Windows that lose rows are frozen: computed again, their numbers would be wrong.
    private const string DeletePredictions = """
        WITH gone AS (
            DELETE FROM predictions WHERE prediction_id = ANY($1) RETURNING prediction_id, endpoint, model, version, at
        ), outcomes_gone AS (
            DELETE FROM outcomes o USING gone g WHERE o.prediction_id = g.prediction_id
        ), frozen AS (
            UPDATE windows w SET frozen = true FROM (
                SELECT DISTINCT g.endpoint, g.model, g.version,
                    date_bin(make_interval(secs => m.window_seconds), g.at, TIMESTAMPTZ '1970-01-01 00:00:00Z') AS start
                FROM gone g JOIN monitors m ON m.endpoint = g.endpoint
            ) d WHERE (w.endpoint, w.model, w.version, w.start) = (d.endpoint, d.model, d.version, d.start)
        )
        SELECT count(*) FROM gone
        """;

    /// <summary>Runs until nothing is too old. Returns how many predictions and how many waiting outcomes were deleted.</summary>
    public async Task<(long Predictions, long Parked)> RunOnceAsync(CancellationToken ct)
    {
        var parked = 0L;
        var predictions = 0L;
        for (var more = true; more; )
        {
            var count = await ExpireParkedAsync(ct);
            parked += count;
            more = count == options.Value.BatchRows;
        }
        for (var more = true; more; )
        {
            var count = await DeletePredictionsAsync(ct);
            predictions += count;
            more = count == options.Value.BatchRows;
        }
        await using (var windows = database.CreateCommand(DeleteWindows))
        {
            windows.Parameters.Add(Before(options.Value.WindowDays));
            await windows.ExecuteNonQueryAsync(ct);
        }
        if (parked > 0 || predictions > 0)
        {
            metrics.Expired(predictions, parked);
            MonitoringLog.Expired(logger, predictions, parked);
        }
        return (predictions, parked);
    }

    private async Task<int> ExpireParkedAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(ExpireParked);
        command.Parameters.Add(Before(options.Value.ParkedOutcomeDays));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Value.BatchRows });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<long> DeletePredictionsAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var only = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", connection))
        {
            only.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Retention });
            if (!(bool)(await only.ExecuteScalarAsync(ct))!)
            {
                return 0;
            }
        }
        var (ids, endpoints) = await FindOldAsync(connection, ct);
        if (ids.Count == 0)
        {
            return 0;
        }
        // The order in which everyone takes them: endpoints (no pass reads a window that is losing rows), then the join.
        await using (
            var locks = new NpgsqlCommand(
                """
                SELECT pg_advisory_xact_lock($1, key) FROM (SELECT DISTINCT hashtext(e) AS key FROM unnest($2::text[]) e ORDER BY 1) keys
                """,
                connection
            )
        )
        {
            locks.Parameters.Add(new NpgsqlParameter<int> { TypedValue = AdvisoryLocks.EndpointClass });
            locks.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. endpoints] });
            await locks.ExecuteNonQueryAsync(ct);
        }
        await using (var join = new NpgsqlCommand("SELECT pg_advisory_xact_lock_shared($1)", connection))
        {
            join.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Join });
            await join.ExecuteNonQueryAsync(ct);
        }
        await using var delete = new NpgsqlCommand(DeletePredictions, connection);
        delete.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. ids] });
        var deleted = (long)(await delete.ExecuteScalarAsync(ct))!;
        await transaction.CommitAsync(ct);
        return deleted;
    }

    private async Task<(List<string> Ids, HashSet<string> Endpoints)> FindOldAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand(
            "SELECT prediction_id, endpoint FROM predictions WHERE received_at < $1 ORDER BY received_at LIMIT $2",
            connection
        );
        find.Parameters.Add(Before(options.Value.PredictionDays));
        find.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Value.BatchRows });
        var ids = new List<string>();
        var endpoints = new HashSet<string>(StringComparer.Ordinal);
        await using var rows = await find.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            ids.Add(rows.GetString(0));
            endpoints.Add(rows.GetString(1));
        }
        return (ids, endpoints);
    }

    private NpgsqlParameter<DateTime> Before(int days) => new() { TypedValue = time.GetUtcNow().AddDays(-days).UtcDateTime };
}
