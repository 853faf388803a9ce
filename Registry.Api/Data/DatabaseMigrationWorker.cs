namespace Slipway.Registry.Api.Data;

/// <summary>Brings the schema up to date as soon as PostgreSQL answers.</summary>
internal sealed class DatabaseMigrationWorker(
    DatabaseMigration migration,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<DatabaseMigrationWorker> logger
) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await migration.RunAsync(stoppingToken);
                RegistryLog.DatabaseReady(logger);
                readiness.SetReady();
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Everything is retried: an administrator may still be creating the database or granting rights.
                RegistryLog.DatabaseAway(logger, e.Message);
                await Task.Delay(s_pause, time, stoppingToken);
            }
        }
    }
}
