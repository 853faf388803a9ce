using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>The JSON form of the Open Inference Protocol, version 2.</summary>
internal sealed class V2Protocol : IPredictionProtocol
{
    public PredictionRequest Read(ReadOnlySpan<byte> body, ModelFacts facts, string name, InferenceOptions limits) =>
        V2RequestReader.Read(body, facts, name, limits.MaxJsonDepth);

    public void Write(PooledBuffer buffer, in PredictionAnswer answer)
    {
        buffer.Write("{\"model_name\":"u8);
        JsonText.WriteString(buffer, answer.Name);
        buffer.Write(",\"model_version\":"u8);
        JsonText.WriteString(buffer, answer.Facts.VersionText);
        buffer.Write(",\"id\":"u8);
        JsonText.WriteString(buffer, answer.Id);
        buffer.Write(",\"outputs\":["u8);
        var requested = answer.Request.RequestedOutputs;
        var count = requested?.Length ?? answer.Outputs.Count;
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
            {
                buffer.Write((byte)',');
            }
            var index = requested?[i] ?? i;
            WriteTensor(buffer, answer.Facts.OutputNames[index], answer.Outputs[index]);
        }
        buffer.Write("]}"u8);
    }

    private static void WriteTensor(PooledBuffer buffer, byte[] name, Tensor tensor)
    {
        buffer.Write("{\"name\":"u8);
        JsonText.WriteString(buffer, name);
        buffer.Write(",\"datatype\":\""u8);
        JsonText.WriteAscii(buffer, tensor.Type.WireName());
        buffer.Write("\",\"shape\":["u8);
        for (var i = 0; i < tensor.Shape.Length; i++)
        {
            if (i > 0)
            {
                buffer.Write((byte)',');
            }
            JsonText.WriteNumber(buffer, tensor.Shape[i]);
        }
        buffer.Write("],\"data\":["u8);
        for (var i = 0; i < tensor.ElementCount; i++)
        {
            if (i > 0)
            {
                buffer.Write((byte)',');
            }
            JsonText.WriteElement(buffer, tensor, i);
        }
        buffer.Write("]}"u8);
    }
}
