using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Runs;

/// <summary>
/// Writes the points of runs. While a transaction runs, the points of further requests gather, and the next one writes all of them: concurrent clients share
/// statements and commits. A request is answered after the commit that holds its points, and fails for no reason of another one.
/// </summary>
internal sealed class PointWriter
{
    // Single points gather behind one transaction: what they cost is the commit. Batches cost more than it, and run side by side.
    private static readonly GathererBounds s_bounds = new(Turns: 3, FurtherTurnWeight: 100, TurnWeight: 1000, WaitingWeight: 200_000);

    private readonly NpgsqlDataSource _source;
    private readonly Gatherer<LoggedPoints> _gatherer;

    public PointWriter(FixedPlanSource connections)
    {
        _source = connections.Source;
        _gatherer = new Gatherer<LoggedPoints>(
            s_bounds,
            points => points.Metrics.Count,
            WriteAsync,
            (points, e) => points.Stage.TrySetException(e)
        );
    }

    /// <summary>The stage of the run's life when its points were written, or kept from being written since it is not active; null for no such run.</summary>
    public Task<string?> WriteAsync(string runId, IReadOnlyList<MlflowMetric> metrics, CancellationToken ct)
    {
        var points = new LoggedPoints(runId, metrics);
        _gatherer.Add(points);
        return points.Stage.Task.WaitAsync(ct);
    }

    private async Task WriteAsync(IReadOnlyList<LoggedPoints> together)
    {
        try
        {
            await WriteTogetherAsync(together);
        }
        catch (PostgresException e) when (PartsOf(together, e) is { Count: > 1 } parts)
        {
            // What one of them brought about must not be the answer to all.
            foreach (var part in parts)
            {
                await WriteAsync(part);
            }
        }
        catch (Exception e)
        {
            // Each of them answers its caller with it.
            foreach (var points in together)
            {
                points.Stage.TrySetException(e);
            }
        }
    }

    private static List<IReadOnlyList<LoggedPoints>> PartsOf(IReadOnlyList<LoggedPoints> together, PostgresException e) =>
        // A locked row is one of one run. Other temporary failures are the server's, and every part would meet them again.
        e.SqlState == PostgresErrorCodes.LockNotAvailable
            ? [.. together.GroupBy(points => points.RunId, StringComparer.Ordinal).Select(run => run.ToList())]
        : DatabaseFailure.IsTemporary(e) ? [together]
        : [.. together.Select(points => new[] { points })];

    private async Task WriteTogetherAsync(IReadOnlyList<LoggedPoints> together)
    {
        // One caller that leaves must not take the others' points along; statements have their own limit.
        await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
        Dictionary<string, string> stages;
        try
        {
            stages = await ExecuteAsync(connection, PointStatement.Of(together, PointStatement.NewSql));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            stages = await ExecuteAsync(connection, PointStatement.Of(together, PointStatement.AnySql));
        }
        foreach (var points in together)
        {
            points.Stage.TrySetResult(stages.GetValueOrDefault(points.RunId));
        }
    }

    private static async Task<Dictionary<string, string>> ExecuteAsync(NpgsqlConnection connection, NpgsqlBatchCommand statement)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { statement } };
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        var stages = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(CancellationToken.None))
        {
            stages[reader.GetString(1)] = reader.GetString(0);
        }
        // The commit comes after the rows, and may fail.
        while (await reader.NextResultAsync(CancellationToken.None)) { }
        return stages;
    }
}
