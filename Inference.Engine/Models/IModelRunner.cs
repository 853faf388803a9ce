using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>Something that computes outputs from inputs that are known to fit its signature: a loaded model.</summary>
public interface IModelRunner
{
    /// <summary>What goes in and what comes out.</summary>
    ModelSignature Signature { get; }

    /// <summary>
    /// Runs on the calling thread. The inputs come in the order of the signature and stay the caller's; cancellation stops a graph between two of its nodes.
    /// Safe to call from several threads.
    /// </summary>
    InferenceResult Run(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken);
}
