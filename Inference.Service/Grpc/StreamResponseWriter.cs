using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Writes a <c>ModelStreamInferResponse</c>: an answer, or an error that leaves the stream open.</summary>
internal static class StreamResponseWriter
{
    private const int ErrorField = 1;
    private const int ResponseField = 2;
    private const int ResponseIdField = 3;

    public static void Write(PooledBuffer buffer, in PredictionAnswer answer)
    {
        var start = ProtoWriter.BeginLate(buffer, ResponseField);
        var before = buffer.TotalLength;
        InferResponseWriter.Write(buffer, answer);
        ProtoWriter.EndLate(buffer, start, buffer.TotalLength - before);
    }

    /// <summary>An error; the id tells the caller of which request.</summary>
    public static void WriteError(PooledBuffer buffer, string error, string id)
    {
        ProtoWriter.WriteText(buffer, ErrorField, error.Length == 0 ? "the request failed" : error);
        var start = ProtoWriter.BeginLate(buffer, ResponseField);
        ProtoWriter.WriteText(buffer, ResponseIdField, id);
        ProtoWriter.EndLate(buffer, start, buffer.Length - start);
    }
}
