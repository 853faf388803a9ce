namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Whether the database has been reached and migrated since the service started; workers and the consumer wait for it.</summary>
internal sealed class SchemaState
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsReady => _ready.Task.IsCompletedSuccessfully;

    public Task WaitAsync(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    public void SetReady() => _ready.TrySetResult();
}
