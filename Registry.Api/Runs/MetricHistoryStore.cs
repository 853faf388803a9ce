using System.Data.Common;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Runs;

/// <summary>The points of metrics: of one run by pages, of many runs at once, and samples of many runs.</summary>
internal sealed class MetricHistoryStore(NpgsqlDataSource source)
{
    private static readonly SearchSort s_order = new(
        "",
        [
            new("timestamp", Ascending: true, SortKind.Integer, IsNullable: false),
            new("step", Ascending: true, SortKind.Integer, IsNullable: false),
            new("value", Ascending: true, SortKind.Real, IsNullable: false),
        ]
    );

    public async Task<MetricPage> PageAsync(string runId, string key, int size, string? token, CancellationToken ct)
    {
        var compiler = new SearchCompiler(new SearchSchema { Attributes = new Dictionary<string, SearchAttribute>() });
        var (run, metric) = (compiler.Add(runId), compiler.Add(key));
        var (after, offset) = Keyset.After(token, s_order, compiler);
        var found = await source.QueryAsync(
            $"""
            SELECT key, timestamp, step, value FROM metrics WHERE run_id = {run} AND key = {metric} AND {after}
            ORDER BY timestamp, step, value LIMIT {size + 1} OFFSET {offset}
            """,
            r => Read(r, runId: null),
            ct,
            compiler.Values
        );
        if (found.Count <= size)
        {
            return new MetricPage(found, null);
        }
        var last = found[size - 1];
        return new MetricPage(found[..size], Keyset.Token([last.Timestamp, last.Step, last.Value]));
    }

    /// <summary>The first points of all runs together, run by run.</summary>
    public Task<List<MlflowMetric>> BulkAsync(string[] runIds, string key, int limit, CancellationToken ct) =>
        source.QueryAsync(
            """
            SELECT key, timestamp, step, value, run_id FROM metrics WHERE run_id = ANY($1) AND key = $2
            ORDER BY run_id, timestamp, step, value LIMIT $3
            """,
            r => Read(r, r.GetString(4)),
            ct,
            runIds,
            key,
            limit
        );

    /// <summary>The points of a few steps that are spread evenly over those that any of the runs has, with the first and the last step of each run.</summary>
    public async Task<List<MlflowMetric>> SampleAsync(
        string[] runIds,
        string key,
        (long Start, long End)? range,
        int maxSteps,
        CancellationToken ct
    )
    {
        var (start, end) = range ?? (long.MinValue, long.MaxValue);
        await using var connection = await source.OpenConnectionAsync(ct);
        var steps = await connection.QueryAsync(
            "SELECT DISTINCT step FROM metrics WHERE run_id = ANY($1) AND key = $2 AND step BETWEEN $3 AND $4 ORDER BY step",
            r => r.GetInt64(0),
            ct,
            runIds,
            key,
            start,
            end
        );
        var ends = await connection.QueryAsync(
            "SELECT min(step), max(step) FROM metrics WHERE run_id = ANY($1) AND key = $2 GROUP BY run_id",
            r => (First: r.GetInt64(0), Last: r.GetInt64(1)),
            ct,
            runIds,
            key
        );
        var chosen = StepSample.Of(steps, maxSteps);
        chosen.UnionWith(ends.SelectMany(e => (long[])[e.First, e.Last]).Where(step => step >= start && step <= end));
        return await connection.QueryAsync(
            """
            SELECT m.key, m.timestamp, m.step, m.value, r.id
            FROM unnest($1::text[]) WITH ORDINALITY AS r(id, place)
            CROSS JOIN LATERAL (
                SELECT key, timestamp, step, value FROM metrics
                WHERE run_id = r.id AND key = $2 AND step = ANY($3) ORDER BY step, timestamp, value LIMIT $4
            ) m
            ORDER BY r.place, m.step, m.timestamp, m.value
            """,
            r => Read(r, r.GetString(4)),
            ct,
            runIds,
            key,
            chosen.ToArray(),
            MetricHistoryApi.MaxBulkPoints
        );
    }

    private static MlflowMetric Read(DbDataReader row, string? runId) =>
        new()
        {
            Key = row.GetString(0),
            Timestamp = row.GetInt64(1),
            Step = row.GetInt64(2),
            Value = row.GetDouble(3),
            RunId = runId,
        };
}
