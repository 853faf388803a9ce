using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Caching;

/// <summary>A model that answers equal inputs from memory. Only for models that are functions of their inputs, hence opt-in; only answers with outputs are kept.</summary>
internal sealed class CachedBackend(IModelBackend inner, long limitBytes, ModelLabels labels, EngineMetrics? metrics) : IModelBackend
{
    private readonly ResponseCache _cache = new(limitBytes);

    public ModelSignature Signature => inner.Signature;

    public IReadOnlyList<string> Providers => inner.Providers;

    public int QueuedRequests => inner.QueuedRequests;

    public bool JoinsRequests => inner.JoinsRequests;

    public bool KeepsState => inner.KeepsState;

    public ValueTask<InferenceResult> InferAsync(IReadOnlyList<Tensor> inputs, in InferenceCall call, CancellationToken cancellationToken)
    {
        if (!Signature.TryBind(inputs, out var ordered, out _))
        {
            // Refused with the reason there.
            return inner.InferAsync(inputs, call, cancellationToken);
        }

        var key = new CacheKey(ordered);
        var hit = _cache.TryGet(key, out var known);
        metrics?.CacheAsked(labels, hit);
        if (hit)
        {
            known!.IsFromCache = true;
            return new(known);
        }

        return RunAsync(key, ordered, call, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        _cache.Dispose();
    }

    private async ValueTask<InferenceResult> RunAsync(
        CacheKey key,
        Tensor[] inputs,
        InferenceCall call,
        CancellationToken cancellationToken
    )
    {
        var result = await inner.InferAsync(inputs, call, cancellationToken);
        if (result.Status == InferenceStatus.Ok)
        {
            _cache.Add(key, result);
        }

        return result;
    }
}
