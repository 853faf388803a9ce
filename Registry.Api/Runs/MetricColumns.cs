using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Runs;

/// <summary>Points as columns for <c>unnest</c>: each one once, in the order of their primary key, and the last one of each key.</summary>
internal static class MetricColumns
{
    public static NpgsqlBatchCommand Command(string sql, string runId, IReadOnlyList<MlflowMetric> metrics)
    {
        var points = metrics as MlflowMetric[] ?? [.. metrics];
        if (points.Length > 1)
        {
            points = Distinct(points);
        }
        var latest = Latest(points);
        return Sql.BatchCommand(
            sql,
            runId,
            Array.ConvertAll(points, m => m.Key),
            Array.ConvertAll(points, m => m.Timestamp),
            Array.ConvertAll(points, m => m.Step),
            Array.ConvertAll(points, m => m.Value),
            Array.ConvertAll(latest, m => m.Key),
            Array.ConvertAll(latest, m => m.Timestamp),
            Array.ConvertAll(latest, m => m.Step),
            Array.ConvertAll(latest, m => m.Value)
        );
    }

    private static MlflowMetric[] Distinct(MlflowMetric[] points)
    {
        var sorted = points.ToArray();
        Array.Sort(sorted, Compare);
        var distinct = new List<MlflowMetric>(sorted.Length);
        foreach (var point in sorted)
        {
            if (distinct.Count == 0 || Compare(distinct[^1], point) != 0)
            {
                distinct.Add(point);
            }
        }
        return [.. distinct];
    }

    private static MlflowMetric[] Latest(MlflowMetric[] sorted)
    {
        var latest = new List<MlflowMetric>();
        foreach (var point in sorted)
        {
            if (latest.Count == 0 || latest[^1].Key != point.Key)
            {
                latest.Add(point);
            }
            else if (IsLater(point, latest[^1]))
            {
                latest[^1] = point;
            }
        }
        return [.. latest];
    }

    private static int Compare(MlflowMetric a, MlflowMetric b)
    {
        var byKey = string.CompareOrdinal(a.Key, b.Key);
        if (byKey != 0)
        {
            return byKey;
        }
        var byTime = a.Timestamp.CompareTo(b.Timestamp);
        if (byTime != 0)
        {
            return byTime;
        }
        var byStep = a.Step.CompareTo(b.Step);
        return byStep != 0 ? byStep : a.Value.CompareTo(b.Value);
    }

    private static bool IsLater(MlflowMetric a, MlflowMetric b) =>
        a.Step != b.Step ? a.Step > b.Step
        : a.Timestamp != b.Timestamp ? a.Timestamp > b.Timestamp
        // As PostgreSQL compares: NaN is the greatest.
        : double.IsNaN(a.Value) || a.Value > b.Value;
}
