using Microsoft.EntityFrameworkCore;

namespace Slipway.Training.Worker.Storage;

/// <summary>Adds, finds, lists and cancels jobs. What the owner of a running job writes is in <see cref="JobClaims"/>.</summary>
internal sealed class JobStore(IDbContextFactory<TrainingDbContext> contexts, TimeProvider time)
{
    private const long QueueLockKey = 0x7472_6169_6e51; // serialises additions, so that the bound of the queue is exact

    /// <summary>Adds a job that is queued, or one that ended at once (a record of a request that could not be followed).</summary>
    public async Task<CreateOutcome> CreateAsync(JobRow job, int maxQueued, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({QueueLockKey})", ct);
        if (await db.Jobs.AnyAsync(row => row.Id == job.Id, ct))
        {
            return CreateOutcome.AlreadyThere;
        }
        if (job.Status == JobStatus.Queued && await db.Jobs.CountAsync(row => row.Status == JobStatus.Queued, ct) >= maxQueued)
        {
            return CreateOutcome.QueueFull;
        }
        db.Jobs.Add(job);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return CreateOutcome.Created;
    }

    public async Task<JobRow?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Jobs.AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, ct);
    }

    /// <summary>The job that made the version; for no version, or one that no job made, the model's last job that succeeded.</summary>
    public async Task<JobRow?> FindLastSucceededAsync(string model, int? version, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
            .Jobs.AsNoTracking()
            .Where(row => row.Model == model && row.Status == JobStatus.Succeeded)
            .OrderByDescending(row => version != null && row.ModelVersion == version)
            .ThenByDescending(row => row.CreatedAt)
            .ThenByDescending(row => row.Id)
            .FirstOrDefaultAsync(ct);
    }

    /// <summary>Jobs newest first: one more than the limit where there is a next page.</summary>
    public async Task<IReadOnlyList<JobRow>> ListAsync(JobFilter filter, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var jobs = db.Jobs.AsNoTracking();
        if (filter.Status is { } status)
        {
            jobs = jobs.Where(row => row.Status == status);
        }
        if (filter.Model is { } model)
        {
            jobs = jobs.Where(row => row.Model == model);
        }
        if (filter.After is { } after)
        {
            jobs = jobs.Where(row => row.CreatedAt < after.CreatedAt || (row.CreatedAt == after.CreatedAt && row.Id < after.Id));
        }
        return await jobs.OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id).Take(filter.Limit + 1).ToListAsync(ct);
    }

    public async Task<int> CountAsync(string status, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Jobs.CountAsync(row => row.Status == status, ct);
    }

    public async Task<IReadOnlySet<Guid>> ListRunningAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Jobs.Where(row => row.Status == JobStatus.Running).Select(row => row.Id).ToHashSetAsync(ct);
    }

    /// <summary>Cancels a queued job at once; tells the owner of a running one, who reads it with its next heartbeat.</summary>
    public async Task<CancelOutcome> CancelAsync(Guid id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(ct);
        var changed = await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE jobs SET
                cancel_requested = true,
                status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END,
                message = CASE status WHEN 'queued' THEN 'Cancelled before it started.' ELSE 'Cancelling.' END,
                ended_at = CASE status WHEN 'queued' THEN {now} ELSE ended_at END
            WHERE id = {id} AND (status = 'queued' OR (status = 'running' AND NOT registering))
            """,
            ct
        );
        if (changed > 0)
        {
            return CancelOutcome.Accepted;
        }
        return await db.Jobs.AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, ct) switch
        {
            null => CancelOutcome.NotFound,
            { Status: JobStatus.Cancelled } => CancelOutcome.Accepted,
            { Status: JobStatus.Succeeded or JobStatus.Failed } => CancelOutcome.AlreadyEnded,
            _ => CancelOutcome.Registering,
        };
    }

    /// <summary>Deletes jobs that ended before <paramref name="before"/>, except the one a retraining of its model would start from.</summary>
    public async Task<int> DeleteEndedAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Database.ExecuteSqlAsync(
            $"""
            DELETE FROM jobs AS old WHERE ended_at < {before} AND (
                status <> 'succeeded' OR EXISTS (
                    SELECT 1 FROM jobs AS newer
                    WHERE newer.model = old.model AND newer.status = 'succeeded'
                        AND (newer.created_at, newer.id) > (old.created_at, old.id)))
            """,
            ct
        );
    }
}
