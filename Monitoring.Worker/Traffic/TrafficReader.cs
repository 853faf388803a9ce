using Npgsql;
using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Traffic;

/// <summary>Counts what is stored.</summary>
internal sealed class TrafficReader(NpgsqlDataSource database)
{
    private const string Stats = """
        SELECT (SELECT count(*) FROM predictions), count(*), count(*) FILTER (WHERE joined), count(*) FILTER (WHERE NOT joined) FROM outcomes
        """;

    // Counts come from the windows, so that this does not read every row again; they are at most one pass behind.
    private const string Traffic = """
        WITH newest AS (SELECT max(at) AS at FROM predictions WHERE endpoint = $1)
        SELECT w.model, w.version, w.predictions, w.outcomes,
            (SELECT avg(p.latency_ms) FROM predictions p, newest n
                WHERE p.endpoint = $1 AND p.model = w.model AND p.version = w.version AND p.at > n.at - INTERVAL '1 hour'),
            (SELECT min(p.at) FROM predictions p WHERE p.endpoint = $1 AND p.model = w.model AND p.version = w.version),
            (SELECT max(p.at) FROM predictions p WHERE p.endpoint = $1 AND p.model = w.model AND p.version = w.version)
        FROM (
            SELECT model, version, sum(prediction_count)::bigint AS predictions, sum(outcome_count)::bigint AS outcomes
            FROM windows WHERE endpoint = $1 GROUP BY model, version
        ) w ORDER BY w.model, w.version
        """;

    /// <summary>Exact counts of the tables.</summary>
    public async Task<MonitoringStats> ReadStatsAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(Stats);
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new MonitoringStats(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
    }

    /// <summary>Traffic by version in all, with the mean latency over the last hour of event time; null for an endpoint that is not monitored.</summary>
    public async Task<EndpointTraffic?> ReadTrafficAsync(string endpoint, CancellationToken ct)
    {
        await using var known = database.CreateCommand("SELECT EXISTS (SELECT FROM monitors WHERE endpoint = $1)");
        known.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        if (!(bool)(await known.ExecuteScalarAsync(ct))!)
        {
            return null;
        }
        await using var command = database.CreateCommand(Traffic);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = endpoint });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var versions = new List<VersionTraffic>();
        while (await rows.ReadAsync(ct))
        {
            versions.Add(
                new VersionTraffic(
                    rows.GetString(0),
                    rows.GetInt32(1),
                    rows.GetInt64(2),
                    rows.GetInt64(3),
                    rows.IsDBNull(4) ? null : rows.GetDouble(4),
                    rows.IsDBNull(5) ? null : rows.GetFieldValue<DateTimeOffset>(5),
                    rows.IsDBNull(6) ? null : rows.GetFieldValue<DateTimeOffset>(6)
                )
            );
        }
        return new EndpointTraffic(endpoint, versions);
    }
}
