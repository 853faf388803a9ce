namespace Slipway.Inference.Service.Serving;

/// <summary>Holds the current <see cref="ServingView"/>; the reconciler sets it, right after it has swapped the models.</summary>
internal sealed class ServingDirectory
{
    private volatile ServingView _current = new(0, false, null, EffectiveServing.None, []);
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ServingView Current
    {
        get => _current;
        set
        {
            _current = value;
            Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <summary>Ends at the next change. Whoever waits for something takes it before looking at <see cref="Current"/>.</summary>
    public Task Changed => _changed.Task;
}
