using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>What the prediction log has to know about a request that is about to be answered; the tensors stay the caller's.</summary>
internal readonly struct AnsweredRequest
{
    /// <summary>Which tensors mean what.</summary>
    public required RecordPlan Plan { get; init; }

    /// <summary>The id returned to the caller; rows get theirs from it.</summary>
    public required string RequestId { get; init; }

    /// <summary>The name that was called.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The registered model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version that answered.</summary>
    public required int Version { get; init; }

    /// <summary>The event time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Time in the service so far.</summary>
    public required TimeSpan Latency { get; init; }

    /// <summary>W3C trace context, or null.</summary>
    public required string? TraceParent { get; init; }

    /// <summary>The inputs, in any order.</summary>
    public required IReadOnlyList<Tensor> Inputs { get; init; }

    /// <summary>The outputs, in the order of the signature.</summary>
    public required IReadOnlyList<Tensor> Outputs { get; init; }
}
