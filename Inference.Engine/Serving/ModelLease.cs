using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;

namespace Slipway.Inference.Engine.Serving;

/// <summary>A request's hold on a model: it cannot be unloaded until this is disposed.</summary>
public sealed class ModelLease : IDisposable
{
    private LoadedModel? _model;
    private OnDemandBackend? _open;

    internal ModelLease(LoadedModel model) => _model = model;

    /// <summary>The model.</summary>
    public LoadedModel Model => _model ?? throw new ObjectDisposedException(nameof(ModelLease));

    /// <summary>Holds an on-demand model open until this is disposed; false when it has to be opened first. Once, before the model is used.</summary>
    public bool TryOpen()
    {
        if (Model.OnDemand is not { } onDemand)
        {
            return true;
        }

        if (!onDemand.TryHold())
        {
            return false;
        }

        _open = onDemand;
        return true;
    }

    /// <summary>As <see cref="TryOpen"/>, and opens the model where need be; null, or why it is not open.</summary>
    public async ValueTask<InferenceResult?> OpenAsync(TimeSpan? limit, CancellationToken cancellationToken)
    {
        if (Model.OnDemand is not { } onDemand)
        {
            return null;
        }

        var refused = await onDemand.HoldAsync(limit, cancellationToken);
        _open = refused is null ? onDemand : null;
        return refused;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Interlocked.Exchange(ref _open, null)?.Release();
        Interlocked.Exchange(ref _model, null)?.Release();
    }
}
