using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Slipway.Monitoring.Worker.Telemetry;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Brings the schema up to date at start, and tries again while PostgreSQL is away: the service is up, and not ready, until then.</summary>
internal sealed class DatabaseMigrator(
    IDbContextFactory<MonitoringDb> contexts,
    NpgsqlDataSource database,
    SchemaState state,
    TimeProvider time,
    ILogger<DatabaseMigrator> logger
) : BackgroundService
{
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(5);

    /// <summary>Migrates once, under an advisory lock, so that replicas starting together do it one after the other.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        await using var context = await contexts.CreateDbContextAsync(ct);
        await EnsureDatabaseAsync(context, ct);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var take = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection)
        {
            CommandTimeout = 0,
            Parameters = { new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Migration } },
        };
        await take.ExecuteNonQueryAsync(ct);
        try
        {
            await context.Database.MigrateAsync(ct);
        }
        finally
        {
            await using var release = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", connection)
            {
                Parameters = { new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Migration } },
            };
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
        state.SetReady();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var delay = s_firstDelay;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                MonitoringLog.DatabaseReady(logger);
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever is wrong (server away, database missing, credentials), a person or the app model may put it right while we run.
                MonitoringLog.DatabaseAway(logger, e.Message, delay.TotalSeconds);
            }
            await Task.Delay(delay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < s_longestDelay ? delay * 2 : s_longestDelay;
        }
    }

    private static async Task EnsureDatabaseAsync(MonitoringDb context, CancellationToken ct)
    {
        var creator = (IRelationalDatabaseCreator)context.GetService<IDatabaseCreator>();
        if (await creator.ExistsAsync(ct))
        {
            return;
        }
        try
        {
            await creator.CreateAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica was first.
        }
    }
}
