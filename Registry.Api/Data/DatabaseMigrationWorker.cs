using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Brings the schema up to date as soon as PostgreSQL answers. Replicas that start together take turns by an advisory lock.</summary>
internal sealed class DatabaseMigrationWorker(
    IDbContextFactory<RegistryDb> databases,
    NpgsqlDataSource source,
    DatabaseReadiness readiness,
    TimeProvider time,
    ILogger<DatabaseMigrationWorker> logger
) : BackgroundService
{
    // "slipway registry": any number that no other program locks.
    internal const long LockKey = 0x51_17_3A_79_00_01;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
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

    public async Task RunOnceAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var take = new NpgsqlCommand(
            $"SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock({LockKey})",
            connection
        );
        take.CommandTimeout = 0;
        await take.ExecuteNonQueryAsync(ct);
        try
        {
            await using var db = await databases.CreateDbContextAsync(ct);
            db.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
            // Made first, because looking for the missing table is logged as an error.
            await db.GetService<IHistoryRepository>().CreateIfNotExistsAsync(ct);
            await db.Database.MigrateAsync(ct);
        }
        finally
        {
            // Closing returns the connection to the pool, which resets it; the lock belongs to the session and is given back here.
            await using var release = new NpgsqlCommand($"SELECT pg_advisory_unlock({LockKey}); RESET ALL", connection);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }
}
