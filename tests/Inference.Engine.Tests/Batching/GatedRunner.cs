using System.Collections.Concurrent;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>A model that doubles its one column, and runs only when the test lets it.</summary>
internal sealed class GatedRunner : IModelRunner, IDisposable
{
    private readonly SemaphoreSlim _permits = new(0);
    private int _stopped;

    public ModelSignature Signature { get; init; } =
        new(
            [new ModelTensor("x", ElementType.Fp32, [-1, -1], ["batch", "width"])],
            [new ModelTensor("y", ElementType.Fp32, [-1, -1], ["", ""])]
        );

    /// <summary>Rows of each run, in order of their start.</summary>
    public ConcurrentQueue<long> Runs { get; } = new();

    /// <summary>The first value of each run, in order of their start.</summary>
    public ConcurrentQueue<float> Firsts { get; } = new();

    /// <summary>Runs that were stopped.</summary>
    public int Stopped => _stopped;

    public void Allow(int runs = 1) => _permits.Release(runs);

    public IModelRun OpenRun() => new GatedRun(this);

    public void Dispose() => _permits.Dispose();

    private sealed class GatedRun(GatedRunner owner) : IModelRun
    {
        private CancellationTokenSource _stop = new();

        public InferenceResult Run(Tensor[] inputs)
        {
            var x = inputs[0];
            owner.Runs.Enqueue(x.RowCount);
            owner.Firsts.Enqueue(x.ElementCount == 0 ? float.NaN : x.AsSpan<float>()[0]);
            try
            {
                owner._permits.Wait(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref owner._stopped);
                return InferenceResult.NotServed(InferenceStatus.Cancelled, "stopped");
            }

            var values = x.AsSpan<float>().ToArray();
            if (values.Contains(-1f))
            {
                return InferenceResult.NotServed(InferenceStatus.InvalidInput, "-1 is not a value");
            }

            if (values.Contains(-2f))
            {
                throw new InvalidOperationException("a bug");
            }

            var y = Tensor.Rent("y", ElementType.Fp32, x.Shape);
            for (var i = 0; i < values.Length; i++)
            {
                y.AsSpan<float>()[i] = values[i] * 2;
            }

            return InferenceResult.Succeeded([y]);
        }

        public void Stop() => _stop.Cancel();

        public void Reset()
        {
            _stop.Dispose();
            _stop = new CancellationTokenSource();
        }

        public void Dispose() => _stop.Dispose();
    }
}
