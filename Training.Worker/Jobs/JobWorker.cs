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
        var failing = false;
        while (true)
        {
            var found = false;
            try
            {
                await upkeep.RunOnceAsync(stopping);
                found = await runner.RunOnceAsync(stopping);
                if (failing)
                {
                    LogPassSucceeded(logger);
                }
                failing = false;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                // Once an outage, not once a pass.
                if (!failing)
                {
                    LogPassFailed(logger, exception.GetBaseException().Message, options.PollInterval);
                }
                failing = true;
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

    [LoggerMessage(3040, LogLevel.Warning, "Looking for training jobs fails ({Reason}); trying every {Interval}")]
    private static partial void LogPassFailed(ILogger logger, string reason, TimeSpan interval);

    [LoggerMessage(3041, LogLevel.Information, "Looking for training jobs works again")]
    private static partial void LogPassSucceeded(ILogger logger);
}
