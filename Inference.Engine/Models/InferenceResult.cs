using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>The outcome of a request, with its outputs or the reason why there are none. Disposing it gives the outputs back.</summary>
public sealed class InferenceResult : IDisposable
{
    private InferenceResult(InferenceStatus status, string? error, IReadOnlyList<Tensor> outputs)
    {
        Status = status;
        Error = error;
        Outputs = outputs;
    }

    /// <summary>How the request ended.</summary>
    public InferenceStatus Status { get; }

    /// <summary>What was wrong, for people; null when <see cref="Status"/> is <see cref="InferenceStatus.Ok"/>.</summary>
    public string? Error { get; }

    /// <summary>The outputs in the order of the model's signature; empty when there are none.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>Time from the call until its batch started.</summary>
    public TimeSpan QueueDuration { get; internal set; }

    /// <summary>Time of the run that answered the call, shared by all calls of the batch.</summary>
    public TimeSpan ComputeDuration { get; internal set; }

    /// <summary>Rows in that run.</summary>
    public long BatchRows { get; internal set; }

    /// <summary>For <see cref="InferenceStatus.QueueFull"/>: when another try is likely to be taken, by what runs have taken so far.</summary>
    public TimeSpan RetryAfter { get; internal set; }

    /// <summary>Whether the answer was kept from an equal request: nothing was run.</summary>
    public bool IsFromCache { get; internal set; }

    /// <summary>A result with outputs, which it owns from now on.</summary>
    public static InferenceResult Succeeded(IReadOnlyList<Tensor> outputs) => new(InferenceStatus.Ok, null, outputs);

    /// <summary>A result without outputs.</summary>
    public static InferenceResult NotServed(InferenceStatus status, string error, TimeSpan retryAfter = default) =>
        new(status, error, []) { RetryAfter = retryAfter };

    /// <summary>The same outcome with other outputs, which it owns; those of this result are the caller's to care for.</summary>
    internal InferenceResult WithOutputs(IReadOnlyList<Tensor> outputs) =>
        new(Status, Error, outputs)
        {
            QueueDuration = QueueDuration,
            ComputeDuration = ComputeDuration,
            BatchRows = BatchRows,
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var output in Outputs)
        {
            output.Dispose();
        }
    }
}
