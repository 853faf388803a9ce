using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Tests.Residency;

/// <summary>A model of so many bytes that opens when <see cref="Gate"/> lets it, and notices when it is used while it is closed.</summary>
internal sealed class FakeSource(string key, long bytes) : IModelSource
{
    private int _opened;
    private int _open;

    public string MemoryKey => key;

    public Task Gate { get; set; } = Task.CompletedTask;

    public Exception? Error { get; set; }

    public bool KeepsState { get; set; }

    /// <summary>Called after each look at <see cref="KeepsState"/>.</summary>
    public Action? Looked { get; set; }

    /// <summary>Called while it is being opened.</summary>
    public Action? Opening { get; set; }

    /// <summary>What its closing waits for.</summary>
    public Task CloseGate { get; set; } = Task.CompletedTask;

    /// <summary>Times it was opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>Openings that were not closed yet.</summary>
    public int Open => Volatile.Read(ref _open);

    public Task<long> PrepareAsync(CancellationToken cancellationToken) => Task.FromResult(bytes);

    public async Task<IModelBackend> OpenAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opened);
        await Gate.WaitAsync(cancellationToken);
        Opening?.Invoke();
        if (Error is not null)
        {
            throw Error;
        }

        Interlocked.Increment(ref _open);
        return new Backend(this);
    }

    private sealed class Backend(FakeSource source) : IModelBackend
    {
        private int _disposed;

        public ModelSignature Signature { get; } = new([], []);

        public IReadOnlyList<string> Providers => ["cpu"];

        public int QueuedRequests => 0;

        public bool JoinsRequests => false;

        public bool KeepsState
        {
            get
            {
                var keeps = source.KeepsState;
                source.Looked?.Invoke();
                return keeps;
            }
        }

        private async ValueTask<InferenceResult> RunAsync()
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            await Task.Yield();
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return InferenceResult.Succeeded([]);
        }

        public ValueTask<InferenceResult> InferAsync(
            IReadOnlyList<Tensor> inputs,
            in InferenceCall call,
            CancellationToken cancellationToken
        ) => RunAsync();

        public async ValueTask DisposeAsync()
        {
            ObjectDisposedException.ThrowIf(Interlocked.Exchange(ref _disposed, 1) != 0, this);
            await source.CloseGate;
            Interlocked.Decrement(ref source._open);
        }
    }
}
