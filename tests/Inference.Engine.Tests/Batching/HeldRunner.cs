using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>A real model whose first run waits, so that requests pile up behind it.</summary>
internal sealed class HeldRunner(IModelRunner inner) : IModelRunner, IDisposable
{
    private readonly ManualResetEventSlim _allowed = new();

    public ModelSignature Signature => inner.Signature;

    public void Allow() => _allowed.Set();

    public IModelRun OpenRun() => new HeldRun(this, inner.OpenRun());

    public void Dispose() => _allowed.Dispose();

    private sealed class HeldRun(HeldRunner owner, IModelRun inner) : IModelRun
    {
        public InferenceResult Run(Tensor[] inputs)
        {
            owner._allowed.Wait();
            return inner.Run(inputs);
        }

        public void Stop() => inner.Stop();

        public void Reset() => inner.Reset();

        public void Dispose() => inner.Dispose();
    }
}
