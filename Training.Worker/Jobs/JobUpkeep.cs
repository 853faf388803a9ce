using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Keeps things bounded: counts the queue for its gauge, and now and then deletes old jobs, old logs and work folders that nobody owns.</summary>
internal sealed class JobUpkeep(JobStore store, JobFolders folders, JobMetrics metrics, TrainingOptions options, TimeProvider time)
{
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromHours(1);
    private long _nextSweepTicks;

    public async Task RunOnceAsync(CancellationToken ct)
    {
        metrics.Queued(await store.CountAsync(JobStatus.Queued, ct));
        var now = time.GetUtcNow();
        var due = Interlocked.Read(ref _nextSweepTicks);
        // One of the loops takes the turn.
        if (now.Ticks < due || Interlocked.CompareExchange(ref _nextSweepTicks, (now + s_sweepInterval).Ticks, due) != due)
        {
            return;
        }
        await store.DeleteEndedAsync(now - options.JobRetention, ct);
        var running = await store.ListRunningAsync(ct);
        folders.Sweep(running.Contains);
        folders.TrimLogs();
    }
}
