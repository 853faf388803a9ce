using Slipway.Inference.Service.Json;

namespace Slipway.Inference.Service.Predictions;

/// <summary>How a protocol over HTTP puts requests and answers into bytes.</summary>
internal interface IPredictionProtocol
{
    /// <summary>Reads a body into tensors that fit the model; throws <see cref="RequestRefusedException"/> or <see cref="JsonFormatException"/> where it cannot.</summary>
    PredictionRequest Read(in IncomingPrediction incoming);

    /// <summary>Writes the answer: JSON unless the protocol sets another content type.</summary>
    void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer);
}
