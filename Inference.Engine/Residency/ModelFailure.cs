using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Engine.Residency;

/// <summary>Why a model could not be opened, and how long it is left alone.</summary>
public sealed record ModelFailure(Exception Error, int Attempts, long FailedAt, TimeSpan RetryDelay)
{
    /// <summary>What a request gets that comes before the next attempt.</summary>
    internal InferenceResult ToResult(TimeSpan rest) =>
        InferenceResult.NotServed(InferenceStatus.Unavailable, $"the model could not be loaded: {Error.Message}", rest);
}
