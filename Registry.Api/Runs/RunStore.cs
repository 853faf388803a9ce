using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Runs;

/// <summary>Runs: creation, state, reading. What they log is written by <see cref="RunLogStore"/>.</summary>
internal sealed class RunStore(NpgsqlDataSource source, ChangeRecorder recorder, TimeProvider time)
{
    public async Task<MlflowRun> CreateAsync(NewRun run, CancellationToken ct)
    {
        var id = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // FOR SHARE: whoever deletes the experiment at this moment either waits and takes this run along, or is waited for and refuses it.
        var inserted = await connection.ExecuteAsync(
            """
            INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri)
            SELECT $1, experiment_id, $3, $4, 'RUNNING', $5, rtrim(artifact_location, '/') || '/' || $1 || '/artifacts'
            FROM experiments WHERE experiment_id = $2 AND lifecycle_stage = 'active' FOR SHARE
            """,
            ct,
            id,
            run.ExperimentId,
            run.Name,
            run.UserId,
            run.StartTime ?? time.GetUtcNow().ToUnixTimeMilliseconds()
        );
        if (inserted == 0)
        {
            throw await WhyNotAsync(connection, run.ExperimentId, ct);
        }
        await connection.ExecuteAsync(
            "INSERT INTO run_tags (run_id, key, value) SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS t(key, value)",
            ct,
            id,
            run.Tags.Select(t => t.Key).ToArray(),
            run.Tags.Select(t => t.Value).ToArray()
        );
        await transaction.CommitAsync(ct);
        // On the same connection: callers that each hold one and wait for a second would wait for each other.
        return (await RunReader.LoadAsync(connection, [id], ct))[0];
    }

    public async Task<MlflowRun> RequireAsync(string runId, CancellationToken ct) => await FindAsync(runId, ct) ?? throw NotFound(runId);

    public async Task<MlflowRun?> FindAsync(string runId, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return (await RunReader.LoadAsync(connection, [runId], ct)).FirstOrDefault();
    }

    /// <summary>Changes what is not null, keeping the name and its tag the same.</summary>
    public async Task<MlflowRunInfo> UpdateAsync(string runId, string? status, long? endTime, string? name, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var changed = await connection.ExecuteAsync(
            """
            UPDATE runs SET status = coalesce($2::text, status), end_time = coalesce($3::bigint, end_time), run_name = coalesce($4::text, run_name)
            WHERE run_id = $1 AND lifecycle_stage = 'active'
            """,
            ct,
            runId,
            status,
            endTime,
            name
        );
        if (changed == 0)
        {
            await RequireActiveAsync(connection, runId, ct);
        }
        if (name is not null)
        {
            await connection.ExecuteAsync(RunLogStore.UpsertTagsSql, ct, runId, new[] { RunTags.RunName }, new[] { name });
        }
        await transaction.CommitAsync(ct);
        return (await RunReader.LoadAsync(connection, [runId], ct))[0].Info;
    }

    /// <summary>Deleting and restoring are idempotent.</summary>
    public async Task SetLifecycleAsync(string runId, string stage, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var before = await connection.QueryAsync(
            "SELECT lifecycle_stage FROM runs WHERE run_id = $1 FOR UPDATE",
            r => r.GetString(0),
            ct,
            runId
        );
        if (before.Count == 0)
        {
            throw NotFound(runId);
        }
        if (before[0] == stage)
        {
            return;
        }
        await connection.ExecuteAsync("UPDATE runs SET lifecycle_stage = $2 WHERE run_id = $1", ct, runId, stage);
        await recorder.RecordAsync(connection, TrackingChanges.RunLifecycle(runId, before[0], stage), ct);
        await transaction.CommitAsync(ct);
    }

    public static MlflowRefusal NotFound(string runId) => MlflowRefusal.NotFound($"Run with id={MlflowRules.Shorten(runId)} not found");

    internal static async Task RequireActiveAsync(NpgsqlConnection connection, string runId, CancellationToken ct)
    {
        var stages = await connection.QueryAsync("SELECT lifecycle_stage FROM runs WHERE run_id = $1", r => r.GetString(0), ct, runId);
        RequireActive(runId, stages.FirstOrDefault());
    }

    internal static void RequireActive(string runId, string? stage)
    {
        if (stage is null)
        {
            throw NotFound(runId);
        }
        if (stage != LifecycleStage.Active)
        {
            throw NotActive(runId, stage);
        }
    }

    internal static MlflowRefusal NotActive(string runId, string stage) =>
        MlflowRefusal.Invalid($"The run {runId} must be in the 'active' state. Current state is {stage}.");

    internal static async Task<MlflowRefusal> WhyNotAsync(NpgsqlConnection connection, long experimentId, CancellationToken ct)
    {
        var stages = await connection.QueryAsync(
            "SELECT lifecycle_stage FROM experiments WHERE experiment_id = $1",
            r => r.GetString(0),
            ct,
            experimentId
        );
        return stages.Count == 0
            ? MlflowRefusal.NotFound($"No Experiment with id={experimentId} exists")
            : MlflowRefusal.Invalid($"The experiment {experimentId} must be in the 'active' state. Current state is {stages[0]}.");
    }
}

/// <summary>A run to create; its tags hold <see cref="RunTags.RunName"/>.</summary>
internal sealed record NewRun(long ExperimentId, string Name, string UserId, long? StartTime, IReadOnlyList<MlflowKeyValue> Tags);
