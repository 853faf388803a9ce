using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;
using Slipway.Training.Worker.Registration;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Claims one job, runs its steps under a lease, and writes how it ended. One call is one attempt at one job.</summary>
internal sealed partial class JobRunner(
    JobClaims claims,
    JobSteps steps,
    RunRecorder runs,
    JobFolders folders,
    JobMetrics metrics,
    TrainingOptions options,
    TimeProvider time,
    ILogger<JobRunner> logger
)
{
    private static readonly TimeSpan s_courtesyLimit = TimeSpan.FromSeconds(10);
    private readonly string _owner = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}";

    /// <summary>False when there was nothing to do. Throws when the database cannot be asked.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (await claims.ClaimAsync(_owner, options.LeaseDuration, stopping) is not { } claim)
        {
            return false;
        }
        LogClaimed(logger, claim.Id, claim.Attempt, claim.Fencing);
        metrics.Started();
        try
        {
            await RunAsync(claim, stopping);
        }
        finally
        {
            metrics.Stopped();
        }
        return true;
    }

    private async Task RunAsync(JobClaim claim, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        var progress = new JobProgress();
        progress.Report(0, "Starting.");
        using var log = folders.OpenLog(claim.Id);
        var job = new JobContext(claim, folders.CreateWorkFolder(claim.Id, claim.Fencing), log, progress, new RemoteCalls(time));
        log.Write($"Attempt {claim.Attempt} of {options.MaxAttempts}.");
        await using var lease = new JobLease(claims, claim, progress, options, time, logger);
        try
        {
            var outcome = await AttemptAsync(job, lease, stopping);
            await ConcludeAsync(job, lease, outcome, time.GetElapsedTime(started), stopping);
        }
        finally
        {
            JobFolders.DeleteWorkFolder(job.Folder);
        }
    }

    /// <summary>Null when the attempt was given up because this process stops or no longer owns the job.</summary>
    private async Task<JobOutcome?> AttemptAsync(JobContext job, JobLease lease, CancellationToken stopping)
    {
        if (lease.CancelRequested.IsCancellationRequested)
        {
            job.RunId = job.Claim.PreviousRunId;
            return JobOutcome.Cancelled();
        }
        if (job.Claim.Attempt > options.MaxAttempts)
        {
            job.RunId = job.Claim.PreviousRunId;
            return TooManyAttempts("its worker died each time");
        }
        using var owned = CancellationTokenSource.CreateLinkedTokenSource(stopping, lease.Lost);
        using var wanted = CancellationTokenSource.CreateLinkedTokenSource(owned.Token, lease.CancelRequested);
        try
        {
            return await steps.RunAsync(job, wanted.Token, owned.Token);
        }
        catch (OperationCanceledException) when (owned.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (wanted.IsCancellationRequested)
        {
            return JobOutcome.Cancelled();
        }
        catch (LeaseLostException)
        {
            await lease.GiveUpAsync();
            return null;
        }
        catch (ApiException e)
        {
            return JobOutcome.Failed("registry_refused", e.Message);
        }
        catch (Exception e)
        {
            // A full disk, a database that went away, a bug of ours: another attempt may fare better, and the bound on attempts ends it.
            LogAttemptFailed(logger, e, job.Claim.Id);
            return JobOutcome.Retry(e.GetBaseException().Message);
        }
    }

    private async Task ConcludeAsync(JobContext job, JobLease lease, JobOutcome? outcome, TimeSpan elapsed, CancellationToken stopping)
    {
        if (lease.Lost.IsCancellationRequested)
        {
            metrics.LeaseLost();
            LogLost(logger, job.Claim.Id, job.Claim.Fencing);
            return;
        }
        if (outcome is null)
        {
            job.Log.Write("The training service stops; the job goes back into the queue.");
            await CloseRunAsync(job, MlflowRunStatus.Killed, lease.Lost);
            await WriteAsync(
                lease,
                token => claims.RequeueAsync(job.Claim, "Waiting for a training service.", time.GetUtcNow(), countAttempt: false, token),
                s_courtesyLimit
            );
            return;
        }
        if (outcome.RetryReason is { } reason && job.Claim.Attempt < options.MaxAttempts)
        {
            metrics.AttemptFailed();
            job.Log.Write($"The attempt failed: {reason}");
            await CloseRunAsync(job, MlflowRunStatus.Failed, lease.Lost);
            var again = time.GetUtcNow() + (options.RetryDelay * job.Claim.Attempt);
            var message = $"Attempt {job.Claim.Attempt} of {options.MaxAttempts} failed: {reason}";
            await WriteAsync(lease, token => claims.RequeueAsync(job.Claim, message, again, countAttempt: true, token));
            return;
        }
        var ending = outcome.Ending ?? TooManyAttempts(outcome.RetryReason!).Ending!;
        job.Log.Write($"{ending.Status}: {ending.Message}");
        if (ending.Status != JobStatus.Succeeded)
        {
            await CloseRunAsync(job, ending.Status == JobStatus.Cancelled ? MlflowRunStatus.Killed : MlflowRunStatus.Failed, lease.Lost);
        }
        if (
            await WriteAsync(
                lease,
                token => claims.EndAsync(job.Claim, ending, token),
                stopping.IsCancellationRequested ? s_courtesyLimit : null
            )
        )
        {
            metrics.Ended(ending, elapsed);
            LogEnded(logger, job.Claim.Id, ending.Status, ending.ErrorCode, ending.Message);
        }
    }

    private JobOutcome TooManyAttempts(string reason) =>
        JobOutcome.Failed("too_many_attempts", $"The job failed {options.MaxAttempts} times; the last time: {reason}");

    /// <summary>Writes the end of an attempt, again and again while the database is away and the lease lasts.</summary>
    private async Task<bool> WriteAsync(JobLease lease, Func<CancellationToken, Task<bool>> write, TimeSpan? limit = null)
    {
        using var limited = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan, time);
        using var owned = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, limited.Token);
        try
        {
            while (true)
            {
                try
                {
                    return await write(owned.Token);
                }
                catch (Exception e) when (DatabaseErrors.IsUnavailable(e) && !owned.IsCancellationRequested)
                {
                    await Task.Delay(options.HeartbeatInterval, time, owned.Token);
                }
            }
        }
        catch (OperationCanceledException) when (owned.IsCancellationRequested)
        {
            // Not written: the lease runs out and the next owner finds what this one left.
            metrics.LeaseLost();
            return false;
        }
    }

    /// <summary>Closes the MLflow run of an attempt that failed. A courtesy: the job's own end does not wait for the registry.</summary>
    private async Task CloseRunAsync(JobContext job, string status, CancellationToken lost)
    {
        if (job.RunId is not { } run)
        {
            return;
        }
        using var limited = new CancellationTokenSource(s_courtesyLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, lost);
        try
        {
            await runs.EndAsync(job, run, status, linked.Token);
        }
        catch (Exception e) when (e is ApiException or OperationCanceledException)
        {
            LogRunNotClosed(logger, run, e.Message);
        }
    }

    [LoggerMessage(3030, LogLevel.Information, "Job {Job}: attempt {Attempt} begins, fencing number {Fencing}")]
    private static partial void LogClaimed(ILogger logger, Guid job, int attempt, long fencing);

    [LoggerMessage(3031, LogLevel.Warning, "Job {Job}: the lease under fencing number {Fencing} was lost; the attempt was given up")]
    private static partial void LogLost(ILogger logger, Guid job, long fencing);

    [LoggerMessage(3032, LogLevel.Error, "Job {Job}: the attempt failed")]
    private static partial void LogAttemptFailed(ILogger logger, Exception exception, Guid job);

    [LoggerMessage(3033, LogLevel.Information, "Job {Job} ended: {Status} {ErrorCode} {Message}")]
    private static partial void LogEnded(ILogger logger, Guid job, string status, string? errorCode, string? message);

    [LoggerMessage(3034, LogLevel.Warning, "The run {Run} could not be closed: {Reason}")]
    private static partial void LogRunNotClosed(ILogger logger, string run, string reason);
}
