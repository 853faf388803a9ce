using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Sequences;

/// <summary>What one sequence has come to. Requests of a sequence run one after the other: whoever has <see cref="Turn"/> owns the rest.</summary>
internal sealed class SequenceState : IDisposable
{
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>The state tensors, in the order of the settings, by the names of the inputs; null before the first request.</summary>
    public Tensor[]? Tensors { get; private set; }

    /// <summary>Requests that have or wait for the turn; under the store's lock.</summary>
    public int Users { get; set; }

    /// <summary>When the last request ended; under the store's lock.</summary>
    public long IdleSince { get; set; }

    /// <summary>Whether the sequence was ended or forgotten; under the store's lock.</summary>
    public bool IsGone { get; set; }

    public void Replace(Tensor[]? tensors)
    {
        foreach (var tensor in Tensors ?? [])
        {
            tensor.Dispose();
        }

        Tensors = tensors;
    }

    public void Dispose()
    {
        Replace(null);
        Turn.Dispose();
    }
}
