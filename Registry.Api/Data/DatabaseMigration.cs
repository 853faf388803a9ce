using System.Data;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Brings the schema up to date. Replicas that start together take turns by an advisory lock.</summary>
internal sealed class DatabaseMigration(IDbContextFactory<RegistryDb> databases, NpgsqlDataSource source)
{
    // "slipway registry": any number that no other program locks.
    internal const long LockKey = 0x51_17_3A_79_00_01;

    /// <summary>The migrations of this program, in their order.</summary>
    public static IReadOnlyList<string> Ids { get; } =
    [
        .. typeof(RegistryDb)
            .Assembly.GetTypes()
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id)
            .OfType<string>()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What both the service and a template's set-up ask of Entity Framework.</summary>
    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) =>
        options
            .UseNpgsql(source)
            // Migrations are written by hand; there is no generated snapshot to compare the model with.
            // Failures are logged where they are answered; some (a name that exists) are no errors at all.
            .ConfigureWarnings(warnings =>
                warnings.Ignore(RelationalEventId.PendingModelChangesWarning, RelationalEventId.CommandError, CoreEventId.SaveChangesFailed)
            );

    /// <summary>Makes the schema in the database at an address.</summary>
    public static async Task RunAsync(string connectionString, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        var options = new DbContextOptionsBuilder<RegistryDb>();
        Configure(options, source);
        await new DatabaseMigration(new PooledDbContextFactory<RegistryDb>(options.Options), source).RunAsync(ct);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        if (await IsCurrentAsync(connection, ct))
        {
            return;
        }
        await using var take = new NpgsqlCommand(
            $"SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock({LockKey})",
            connection
        );
        take.CommandTimeout = 0;
        await take.ExecuteNonQueryAsync(ct);
        try
        {
            await using var db = await databases.CreateDbContextAsync(ct);
            await MigrateAsync(db, ct);
        }
        finally
        {
            // Closing returns the connection to the pool, which resets nothing; the lock belongs to the session and is given back here.
            await using var release = new NpgsqlCommand($"SELECT pg_advisory_unlock({LockKey}); RESET ALL", connection);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static async Task MigrateAsync(RegistryDb db, CancellationToken ct)
    {
        // Large tables take what they take to change: a limit would end the same migration at every start. Waiting for their locks keeps its limit, because
        // whoever uses the table waits behind it.
        db.Database.SetCommandTimeout(0);
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            await db.Database.ExecuteSqlRawAsync("SET statement_timeout = 0", ct);
            // Made first, because looking for the missing table is logged as an error.
            await db.GetService<IHistoryRepository>().CreateIfNotExistsAsync(ct);
            await db.Database.MigrateAsync(ct);
        }
        finally
        {
            // The pool does not reset its connections; one that broke does not return to it.
            if (db.Database.GetDbConnection().State == ConnectionState.Open)
            {
                await db.Database.ExecuteSqlRawAsync("RESET ALL", CancellationToken.None);
            }
            await db.Database.CloseConnectionAsync();
        }
    }

    // Entity Framework needs most of a second to find out what two statements tell.
    private static async Task<bool> IsCurrentAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var exists = await connection.QueryAsync("SELECT to_regclass('\"__EFMigrationsHistory\"') IS NOT NULL", r => r.GetBoolean(0), ct);
        if (!exists[0])
        {
            return false;
        }
        var applied = await connection.QueryAsync("SELECT \"MigrationId\" FROM \"__EFMigrationsHistory\"", r => r.GetString(0), ct);
        return Ids.All(applied.Contains);
    }
}
