namespace Slipway.Registry.Api.Data;

/// <summary>Whether this process has seen the schema up to date. The service starts before PostgreSQL does; until then requests get a 503.</summary>
internal sealed class DatabaseReadiness
{
    private readonly TaskCompletionSource _migrated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsReady => _migrated.Task.IsCompleted;

    public void SetReady() => _migrated.TrySetResult();

    public Task WaitAsync(CancellationToken ct) => _migrated.Task.WaitAsync(ct);
}
