using Npgsql;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Artifacts.Collection;

/// <summary>Runs and experiments that were deleted and not restored in time: removes them for good, and their artifacts with them.</summary>
internal sealed class DeletedTracking(NpgsqlDataSource source, ILogger<DeletedTracking> logger)
{
    private const int BatchSize = 200;

    // A run that a version came from is part of that version's story, and stays.
    private const string Due = """
        r.deleted_at < now() - $1 AND r.lifecycle_stage = 'deleted'
        AND NOT EXISTS (SELECT 1 FROM model_versions v WHERE v.run_id = r.run_id)
        """;

    // Those whose last run goes too, or has gone.
    private const string DueExperiments = $"""
        e.deleted_at < now() - $1 AND e.lifecycle_stage = 'deleted' AND e.experiment_id <> 0
        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.experiment_id = e.experiment_id AND NOT coalesce({Due}, false))
        """;

    // The address of a run or experiment in this store, as the folder that it is: exactly what lies below it.
    private const string BelowFolder =
        "a.path >= substr(gone.uri, length('mlflow-artifacts:/') + 1) || '/' AND a.path < substr(gone.uri, length('mlflow-artifacts:/') + 1) || '0'";

    public async Task<(long Runs, long Experiments)> CountAsync(TimeSpan age, CancellationToken ct)
    {
        var found = await source.QueryAsync(
            $"""
            SELECT (SELECT count(*) FROM runs r WHERE {Due}),
                   (SELECT count(*) FROM experiments e WHERE {DueExperiments.Replace(
                "AND NOT EXISTS",
                "OR false AND NOT EXISTS",
                StringComparison.Ordinal
            )})
            """,
            r => (r.GetInt64(0), r.GetInt64(1)),
            ct,
            age
        );
        return found[0];
    }

    /// <summary>Removes everything that is due.</summary>
    public async Task RemoveAsync(TimeSpan age, CancellationToken ct)
    {
        var runs = await RemoveAsync(
            $"DELETE FROM runs WHERE run_id IN (SELECT r.run_id FROM runs r WHERE {Due} LIMIT {BatchSize} FOR UPDATE SKIP LOCKED) RETURNING artifact_uri",
            age,
            ct
        );
        var experiments = await RemoveAsync(
            $"""
            DELETE FROM experiments WHERE experiment_id IN (SELECT e.experiment_id FROM experiments e WHERE {DueExperiments} LIMIT {BatchSize} FOR UPDATE SKIP LOCKED)
            RETURNING artifact_location
            """,
            age,
            ct
        );
        if (runs + experiments > 0)
        {
            RegistryLog.DeletedRemoved(logger, runs, experiments);
        }
    }

    private async Task<int> RemoveAsync(string delete, TimeSpan age, CancellationToken ct)
    {
        var removed = 0;
        while (true)
        {
            await using var connection = await source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var uris = await connection.QueryAsync(delete, r => r.GetString(0), ct, age);
            if (uris.Count == 0)
            {
                return removed;
            }
            await connection.ExecuteAsync(
                $"DELETE FROM artifacts a USING unnest($1::text[]) AS gone(uri) WHERE {BelowFolder}",
                ct,
                uris.Where(uri => uri.StartsWith("mlflow-artifacts:/", StringComparison.Ordinal)).Select(uri => uri.TrimEnd('/')).ToArray()
            );
            await transaction.CommitAsync(ct);
            removed += uris.Count;
        }
    }
}
