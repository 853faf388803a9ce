using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Serving;

/// <summary>A model's session behind its queue. It owns both.</summary>
internal sealed class SessionBackend(ModelBatcher batcher, ModelSignature signature, IReadOnlyList<string> providers, IDisposable session)
    : IModelBackend
{
    public ModelSignature Signature => signature;

    public IReadOnlyList<string> Providers => providers;

    public int QueuedRequests => batcher.QueuedRequests;

    public bool JoinsRequests => batcher.JoinsRequests;

    public ValueTask<InferenceResult> InferAsync(
        IReadOnlyList<Tensor> inputs,
        in InferenceCall call,
        CancellationToken cancellationToken
    ) => batcher.InferAsync(inputs, call, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await batcher.DisposeAsync();
        session.Dispose();
    }
}
