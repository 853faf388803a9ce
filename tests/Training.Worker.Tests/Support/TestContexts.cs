using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Tests.Support;

/// <summary>Contexts of one test database, without the service around them.</summary>
internal sealed class TestContexts(string connectionString) : IDbContextFactory<TrainingDbContext>
{
    private readonly DbContextOptions<TrainingDbContext> _options = new DbContextOptionsBuilder<TrainingDbContext>()
        .UseNpgsql(connectionString)
        .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning))
        .Options;

    public TrainingDbContext CreateDbContext() => new(_options);

    public async Task MigrateAsync(TimeProvider time)
    {
        using var migrator = new StorageMigrator(this, time, NullLogger<StorageMigrator>.Instance);
        await migrator.MigrateAsync(default);
    }
}
