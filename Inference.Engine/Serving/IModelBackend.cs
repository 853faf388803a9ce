using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Serving;

/// <summary>What answers for a loaded model: a session behind its queue, and what may stand in front of that.</summary>
public interface IModelBackend : IAsyncDisposable
{
    /// <summary>What callers give and get.</summary>
    ModelSignature Signature { get; }

    /// <summary>Execution providers in use.</summary>
    IReadOnlyList<string> Providers { get; }

    /// <summary>Requests waiting now.</summary>
    int QueuedRequests { get; }

    /// <summary>Whether requests are joined now.</summary>
    bool JoinsRequests { get; }

    /// <summary>Whether something is kept between requests that would be lost if the model were closed now.</summary>
    bool KeepsState => false;

    /// <inheritdoc cref="ModelBatcher.InferAsync"/>
    ValueTask<InferenceResult> InferAsync(IReadOnlyList<Tensor> inputs, in InferenceCall call, CancellationToken cancellationToken);
}
