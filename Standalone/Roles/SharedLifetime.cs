namespace Slipway.Standalone.Roles;

/// <summary>Leaves signals to the process's own host.</summary>
internal sealed class SharedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
