using Slipway.Inference.Service.SharedMemory;

namespace Slipway.Inference.Service.Predictions;

/// <summary>What a protocol reads a prediction from.</summary>
/// <param name="Http">The request, for its headers.</param>
/// <param name="Body">Its body, whole and decoded.</param>
/// <param name="Facts">The model that will answer.</param>
/// <param name="Name">What the caller called, for error texts.</param>
/// <param name="Limits">The limits of the service.</param>
/// <param name="Shared">The regions of shared memory, or null where they are not offered.</param>
internal readonly record struct IncomingPrediction(
    HttpRequest Http,
    RequestBody Body,
    ModelFacts Facts,
    string Name,
    InferenceOptions Limits,
    SharedMemoryUse? Shared
);
