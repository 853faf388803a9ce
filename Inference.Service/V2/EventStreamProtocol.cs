using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>A protocol whose answer comes as a stream of server-sent events: of one event, since a model of tensors answers once.</summary>
internal sealed class EventStreamProtocol(IPredictionProtocol protocol) : IPredictionProtocol
{
    public PredictionRequest Read(in IncomingPrediction incoming) => protocol.Read(incoming);

    public void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer)
    {
        // JSON as it is written here has no line breaks, which would end the event.
        buffer.Write("data: "u8);
        protocol.Write(buffer, headers, answer);
        buffer.Write("\n\n"u8);
        if (headers.Remove(BinaryHeader.Name))
        {
            throw RequestRefusedException.BadRequest("a stream of events holds JSON alone: ask for outputs without 'binary_data'");
        }
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-cache";
    }
}
