using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Slipway.Training.Worker.Storage;

/// <summary>
/// Brings the database to the newest migration at start, again and again until PostgreSQL answers: the service comes up without it, and says so
/// through its readiness. Several replicas may start at once; an advisory lock lets one of them migrate.
/// </summary>
internal sealed partial class StorageMigrator(
    IDbContextFactory<TrainingDbContext> contexts,
    TimeProvider time,
    ILogger<StorageMigrator> logger
) : BackgroundService
{
    private const long LockKey = 0x7472_6169_6e69_6e67; // "training"
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes once the tables are there.</summary>
    public Task Ready => _ready.Task;

    internal async Task MigrateAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var creator = db.GetService<IRelationalDatabaseCreator>();
        if (!await creator.ExistsAsync(ct))
        {
            await creator.CreateAsync(ct);
        }
        await db.Database.OpenConnectionAsync(ct);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({LockKey})", ct);
        try
        {
            await db.Database.MigrateAsync(ct);
        }
        finally
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
        _ready.TrySetResult();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await MigrateAsync(stoppingToken);
                LogMigrated(logger);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Anything: two replicas may race to create the database, a server may still be recovering. The next pass repeats all of it.
                LogNotMigrated(logger, exception.GetBaseException().Message, s_retryDelay);
            }
            await Task.Delay(s_retryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "The database trainingdb is at its newest migration")]
    private static partial void LogMigrated(ILogger logger);

    [LoggerMessage(3002, LogLevel.Warning, "The database trainingdb cannot be migrated yet ({Reason}); next try in {Delay}")]
    private static partial void LogNotMigrated(ILogger logger, string reason, TimeSpan delay);
}
