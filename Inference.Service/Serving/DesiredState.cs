using System.Threading.Channels;
using Slipway.Contracts.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>What the registry wants served, as far as it is known; the puller sets it, the reconciler waits for it.</summary>
internal sealed class DesiredState
{
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private volatile ServingState? _current;

    /// <summary>The state, or null before the first one is known.</summary>
    public ServingState? Current => _current;

    public void Set(ServingState state)
    {
        _current = state;
        Wake();
    }

    /// <summary>Ends a wait: something else than the state has changed.</summary>
    public void Wake() => _changed.Writer.TryWrite(true);

    /// <summary>Waits until there was a change since the last wait, or <paramref name="limit"/> has passed.</summary>
    public async Task WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        try
        {
            await _changed.Reader.WaitToReadAsync(either.Token);
            _changed.Reader.TryRead(out _);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The limit, which is no error.
        }
    }
}
