using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Workers;

/// <summary>
/// A background loop around <see cref="RunOnceAsync"/>: passes follow each other while there is work, then wait for the signal or the interval. A pass that
/// fails is logged, and the loop goes on after a pause.
/// </summary>
internal abstract class PassWorker(WakeSignal signal, TimeSpan interval, DatabaseReadiness readiness, TimeProvider time, ILogger logger)
    : BackgroundService
{
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(2);

    /// <summary>Does one piece of work; false where there was none.</summary>
    public abstract Task<bool> RunOnceAsync(CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await RunOnceAsync(stoppingToken))
                {
                    await signal.WaitAsync(interval, time, stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (DatabaseFailure.IsTemporary(e))
                {
                    RegistryLog.WorkerWithoutDatabase(logger, GetType().Name, e.Message);
                }
                else
                {
                    RegistryLog.WorkerFailed(logger, e, GetType().Name);
                }
                await Task.Delay(s_pauseAfterFailure, time, stoppingToken);
            }
        }
    }
}
