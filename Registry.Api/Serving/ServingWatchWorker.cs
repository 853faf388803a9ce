using Npgsql;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Serving;

/// <summary>Looks once a second whether another replica of the registry has changed the serving state, for the requests that wait here.</summary>
internal sealed class ServingWatchWorker(
    NpgsqlDataSource source,
    ServingNotifier notifier,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<ServingWatchWorker> logger
) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public async Task RunOnceAsync(CancellationToken ct) =>
        notifier.Observed((await source.QueryAsync("SELECT revision FROM serving_revision", r => r.GetInt64(0), ct))[0]);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(s_interval, time);
        do
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                RegistryLog.WorkerWithoutDatabase(logger, nameof(ServingWatchWorker), e.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
