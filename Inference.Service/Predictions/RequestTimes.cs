namespace Slipway.Inference.Service.Predictions;

/// <summary>What one answered request cost.</summary>
/// <param name="Rows">Its rows, from 1.</param>
/// <param name="BatchRows">Rows of the run that answered it.</param>
/// <param name="Input">Turning the request into tensors.</param>
/// <param name="Queue">Waiting for a run.</param>
/// <param name="Compute">The run, which other requests may have shared.</param>
/// <param name="Output">Turning the outputs into an answer.</param>
/// <param name="Total">All of it, receiving included.</param>
internal readonly record struct RequestTimes(
    long Rows,
    long BatchRows,
    TimeSpan Input,
    TimeSpan Queue,
    TimeSpan Compute,
    TimeSpan Output,
    TimeSpan Total
)
{
    /// <summary>Whether the answer was kept from an equal request.</summary>
    public bool IsFromCache { get; init; }
}
