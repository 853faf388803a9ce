using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>How a protocol puts requests and answers into bytes.</summary>
internal interface IPredictionProtocol
{
    /// <summary>
    /// Reads a body into tensors that fit the model; throws <see cref="RequestRefusedException"/> or <see cref="JsonFormatException"/> where it cannot.
    /// <paramref name="name"/> is what the caller called, for error texts.
    /// </summary>
    PredictionRequest Read(ReadOnlySpan<byte> body, ModelFacts facts, string name, InferenceOptions limits);

    /// <summary>Writes the answer.</summary>
    void Write(PooledBuffer buffer, in PredictionAnswer answer);
}
