using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.Predictions;

/// <summary>A request as a protocol read it. Disposing it gives the inputs back.</summary>
internal sealed class PredictionRequest : IDisposable
{
    /// <summary>The inputs in the order of the model's signature.</summary>
    public required Tensor[] Inputs { get; init; }

    /// <summary>The caller's own id, echoed as it is; null when the body has none.</summary>
    public string? Id { get; init; }

    /// <summary>The caller's own time limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>The caller's priority: 1 is the highest, 0 the model's default.</summary>
    public ulong Priority { get; init; }

    /// <summary>The sequence that the request belongs to, or null.</summary>
    public SequenceStep? Sequence { get; init; }

    /// <summary>The event time as the caller wrote it.</summary>
    public string? EventTime { get; init; }

    /// <summary>v1: whether the answer goes by rows.</summary>
    public bool IsRowFormat { get; init; }

    /// <summary>v2: the outputs that are asked for, in the caller's order; null for all.</summary>
    public RequestedOutput[]? RequestedOutputs { get; init; }

    /// <summary>v2: whether outputs are wanted as bytes where they do not say.</summary>
    public bool IsBinaryWanted { get; init; }

    public void Dispose()
    {
        foreach (var input in Inputs)
        {
            input.Dispose();
        }
    }
}
