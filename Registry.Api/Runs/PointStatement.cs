using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Runs;

/// <summary>
/// The statement that writes points of any number of runs: each point once, in the order of the primary key, and the last one of each key. Points of runs that
/// are not active are left out; the rows are the stages and ids of the runs that exist.
/// </summary>
internal static class PointStatement
{
    // $1 are the runs, and $2 and $7 say which of them a point belongs to. The last point of a key is the greatest by step, then time, then value; NaN counts as
    // the greatest value.
    private const string Head = """
        WITH run AS (SELECT run_id, lifecycle_stage FROM runs WHERE run_id = ANY($1::text[])),
        point AS (
            INSERT INTO metrics (run_id, key, timestamp, step, value)
            SELECT ($1::text[])[m.run], m.key, m.timestamp, m.step, m.value
            FROM unnest($2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::double precision[]) AS m(run, key, timestamp, step, value)
            WHERE ($1::text[])[m.run] = ANY(ARRAY(SELECT run_id FROM run WHERE lifecycle_stage = 'active'))

        """;

    private const string Tail = """
        ),
        latest AS (
            INSERT INTO latest_metrics (run_id, key, timestamp, step, value)
            SELECT ($1::text[])[m.run], m.key, m.timestamp, m.step, m.value
            FROM unnest($7::int[], $8::text[], $9::bigint[], $10::bigint[], $11::double precision[]) AS m(run, key, timestamp, step, value)
            WHERE ($1::text[])[m.run] = ANY(ARRAY(SELECT run_id FROM run WHERE lifecycle_stage = 'active'))
            ON CONFLICT (run_id, key) DO UPDATE SET timestamp = excluded.timestamp, step = excluded.step, value = excluded.value
            WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)
        )
        SELECT lifecycle_stage, run_id FROM run
        """;

    /// <summary>Fails where a point is there already: new ones, as nearly all are, take half the time of looking for each one first.</summary>
    public const string NewSql = Head + Tail;

    /// <summary>Leaves points that are there as they are.</summary>
    public const string AnySql = Head + "ON CONFLICT DO NOTHING" + Tail;

    public static NpgsqlBatchCommand Of(string runId, IReadOnlyList<MlflowMetric> metrics, string sql) =>
        Of([new LoggedPoints(runId, metrics)], sql);

    public static NpgsqlBatchCommand Of(IReadOnlyList<LoggedPoints> together, string sql)
    {
        var runs = together.Select(points => points.RunId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var all = new List<RunPoint>(together.Sum(points => points.Metrics.Count));
        foreach (var (runId, metrics) in together)
        {
            // PostgreSQL counts from 1.
            var run = Array.BinarySearch(runs, runId, StringComparer.Ordinal) + 1;
            all.AddRange(metrics.Select(metric => new RunPoint(run, metric)));
        }
        var points = Distinct(all);
        var latest = Latest(points);
        return Sql.BatchCommand(sql, [runs, .. Columns(points), .. Columns(latest)]);
    }

    private static object[] Columns(RunPoint[] points) =>
        [
            Array.ConvertAll(points, p => p.Run),
            Array.ConvertAll(points, p => p.Metric.Key),
            Array.ConvertAll(points, p => p.Metric.Timestamp),
            Array.ConvertAll(points, p => p.Metric.Step),
            Array.ConvertAll(points, p => p.Metric.Value),
        ];

    /// <summary>In the order of the primary key, so that two transactions never wait for each other in a circle.</summary>
    private static RunPoint[] Distinct(List<RunPoint> points)
    {
        points.Sort(Compare);
        var distinct = new List<RunPoint>(points.Count);
        foreach (var point in points)
        {
            if (distinct.Count == 0 || Compare(distinct[^1], point) != 0)
            {
                distinct.Add(point);
            }
        }
        return [.. distinct];
    }

    private static RunPoint[] Latest(RunPoint[] sorted)
    {
        var latest = new List<RunPoint>();
        foreach (var point in sorted)
        {
            if (latest.Count == 0 || latest[^1].Run != point.Run || latest[^1].Metric.Key != point.Metric.Key)
            {
                latest.Add(point);
            }
            else if (IsLater(point.Metric, latest[^1].Metric))
            {
                latest[^1] = point;
            }
        }
        return [.. latest];
    }

    private static int Compare(RunPoint a, RunPoint b)
    {
        if (a.Run != b.Run)
        {
            return a.Run.CompareTo(b.Run);
        }
        var (x, y) = (a.Metric, b.Metric);
        var byKey = string.CompareOrdinal(x.Key, y.Key);
        if (byKey != 0)
        {
            return byKey;
        }
        var byTime = x.Timestamp.CompareTo(y.Timestamp);
        if (byTime != 0)
        {
            return byTime;
        }
        var byStep = x.Step.CompareTo(y.Step);
        return byStep != 0 ? byStep : x.Value.CompareTo(y.Value);
    }

    private static bool IsLater(MlflowMetric a, MlflowMetric b) =>
        a.Step != b.Step ? a.Step > b.Step
        : a.Timestamp != b.Timestamp ? a.Timestamp > b.Timestamp
        // As PostgreSQL compares: NaN is the greatest.
        : double.IsNaN(a.Value) || a.Value > b.Value;

    private readonly record struct RunPoint(int Run, MlflowMetric Metric);
}
