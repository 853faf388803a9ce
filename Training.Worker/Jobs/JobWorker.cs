using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>The loops that run jobs: <see cref="TrainingOptions.Concurrency"/> of them, each around <see cref="JobRunner.RunOnceAsync"/>.</summary>
internal sealed partial class JobWorker(
    JobRunner runner,
    JobUpkeep upkeep,
    JobSignal signal,
    StorageMigrator storage,
    TrainingOptions options,
    TimeProvider time,
    ILogger<JobWorker> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await storage.Ready.WaitAsync(stoppingToken);
            await Task.WhenAll(Enumerable.Range(0, options.Concurrency).Select(_ => LoopAsync(stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // That is how a worker ends.
        }
    }

    private async Task LoopAsync(CancellationToken stopping)
    {
        while (true)
        {
            var found = false;
            try
            {
                await upkeep.RunOnceAsync(stopping);
                found = await runner.RunOnceAsync(stopping);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                LogPassFailed(logger, exception.Message);
            }
            if (found)
            {
                // There may be more, and another loop of this process may sleep through it.
                signal.Set();
                continue;
            }
            await signal.WaitAsync(options.PollInterval, time, stopping);
        }
    }

    [LoggerMessage(3040, LogLevel.Warning, "Looking for a training job failed: {Reason}")]
    private static partial void LogPassFailed(ILogger logger, string reason);
}
