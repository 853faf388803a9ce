using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;

namespace Slipway.Training.Worker.Storage;

/// <summary>
/// Claims jobs and writes what their owner has to say. Every write names the fencing number of the claim: once somebody else has claimed the
/// job it changes no row, returns false, and the caller must stop at once.
/// </summary>
internal sealed class JobClaims(IDbContextFactory<TrainingDbContext> contexts, TimeProvider time)
{
    /// <summary>The oldest job that waits, or whose owner let its lease run out; null when there is none.</summary>
    public async Task<JobClaim?> ClaimAsync(string owner, TimeSpan lease, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var expires = now + lease;
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db
            .Jobs.FromSql(
                $"""
                UPDATE jobs SET
                    status = 'running', lease_owner = {owner}, lease_expires_at = {expires},
                    fencing = fencing + 1, attempt = attempt + 1, started_at = COALESCE(started_at, {now}), progress = 0, message = 'Starting.'
                WHERE id = (
                    SELECT id FROM jobs
                    WHERE (status = 'queued' AND available_at <= {now}) OR (status = 'running' AND lease_expires_at < {now})
                    ORDER BY created_at, id
                    LIMIT 1
                    FOR UPDATE SKIP LOCKED)
                RETURNING *
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        return rows is not [var row]
            ? null
            : new JobClaim(
                row.Id,
                row.Fencing,
                row.Attempt,
                JsonSerializer.Deserialize(row.Request, ContractsJson.Default.TrainingJobRequest)!
            )
            {
                PreviousRunId = row.RunId,
                WasRegistering = row.Registering,
                CancelRequested = row.CancelRequested,
                LeaseExpiresAt = expires,
            };
    }

    /// <summary>Prolongs the lease and shows how far the job is. Null when the job has a new owner, else whether it is to be cancelled.</summary>
    public async Task<bool?> RenewAsync(JobClaim claim, DateTimeOffset expires, double progress, string? message, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var cancel = await db
            .Database.SqlQuery<bool>(
                $"""
                UPDATE jobs SET
                    lease_expires_at = {expires}, progress = {progress},
                    message = CASE WHEN cancel_requested THEN message ELSE {message} END
                WHERE id = {claim.Id} AND fencing = {claim.Fencing} AND status = 'running'
                RETURNING cancel_requested AS "Value"
                """
            )
            .ToListAsync(ct);
        return cancel is [var requested] ? requested : null;
    }

    public Task<bool> SetRunAsync(JobClaim claim, string runId, CancellationToken ct) =>
        WriteAsync($"UPDATE jobs SET run_id = {runId} WHERE id = {claim.Id} AND fencing = {claim.Fencing} AND status = 'running'", ct);

    /// <summary>Passes the point after which the job is not cancelled any more; false where it was cancelled, or lost, before.</summary>
    public Task<bool> BeginRegisteringAsync(JobClaim claim, CancellationToken ct) =>
        WriteAsync(
            $"""
            UPDATE jobs SET registering = true
            WHERE id = {claim.Id} AND fencing = {claim.Fencing} AND status = 'running' AND NOT cancel_requested
            """,
            ct
        );

    /// <summary>Goes back behind that point: the version that an earlier attempt meant to create does not exist.</summary>
    public Task<bool> UndoRegisteringAsync(JobClaim claim, CancellationToken ct) =>
        WriteAsync($"UPDATE jobs SET registering = false WHERE id = {claim.Id} AND fencing = {claim.Fencing} AND status = 'running'", ct);

    public Task<bool> EndAsync(JobClaim claim, JobEnding ending, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return WriteAsync(
            $"""
            UPDATE jobs SET
                status = {ending.Status}, message = {ending.Message}, error_code = {ending.ErrorCode}, ended_at = {now},
                model_version = {ending.ModelVersion}, promotion_id = {ending.PromotionId},
                progress = CASE WHEN {ending.Status} = 'succeeded' THEN 1 ELSE progress END,
                lease_owner = NULL, lease_expires_at = NULL
            WHERE id = {claim.Id} AND fencing = {claim.Fencing} AND status = 'running'
            """,
            ct
        );
    }

    /// <summary>Puts the job back into the queue: for another attempt after a failure of ours, or uncounted when this process stops in good order.</summary>
    public Task<bool> RequeueAsync(JobClaim claim, string message, DateTimeOffset availableAt, bool countAttempt, CancellationToken ct)
    {
        var uncounted = countAttempt ? 0 : 1;
        return WriteAsync(
            $"""
            UPDATE jobs SET
                status = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'queued' END,
                ended_at = CASE WHEN cancel_requested THEN {time.GetUtcNow()} ELSE ended_at END,
                message = {message}, available_at = {availableAt}, attempt = attempt - {uncounted},
                progress = 0, lease_owner = NULL, lease_expires_at = NULL
            WHERE id = {claim.Id} AND fencing = {claim.Fencing} AND status = 'running'
            """,
            ct
        );
    }

    private async Task<bool> WriteAsync(FormattableString sql, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Database.ExecuteSqlAsync(sql, ct) > 0;
    }
}
