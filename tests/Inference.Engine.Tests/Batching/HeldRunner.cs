using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>A real model whose first run waits, so that requests pile up behind it.</summary>
internal sealed class HeldRunner(IModelRunner inner) : IModelRunner, IDisposable
{
    private readonly ManualResetEventSlim _allowed = new();

    public ModelSignature Signature => inner.Signature;

    public void Allow() => _allowed.Set();

    public InferenceResult Run(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        _allowed.Wait(cancellationToken);
        return inner.Run(inputs, cancellationToken);
    }

    public void Dispose() => _allowed.Dispose();
}
