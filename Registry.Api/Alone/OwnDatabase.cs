using Aspire.Hosting.Local;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Alone;

/// <summary>Lets the registry listen only when its own database is ready, so that whoever starts the program meets no 503.</summary>
internal sealed class OwnDatabase(LocalPostgres postgres, DatabaseMigration migration, DatabaseReadiness readiness)
    : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await postgres.WaitUntilReadyAsync(cancellationToken);
        await migration.RunAsync(cancellationToken);
        readiness.SetReady();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
