using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Grpc;

/// <summary>Writes a <c>ModelInferResponse</c>; all outputs are raw, as clients of every server understand them.</summary>
internal static class InferResponseWriter
{
    private const int OutputsField = 5;
    private const int RawField = 6;

    public static void Write(PooledBuffer buffer, in PredictionAnswer answer)
    {
        ProtoWriter.WriteText(buffer, 1, answer.Name);
        ProtoWriter.WriteText(buffer, 2, answer.Facts.VersionText);
        ProtoWriter.WriteText(buffer, 3, answer.Id);
        var tensors = new Tensor[answer.OutputCount];
        for (var i = 0; i < tensors.Length; i++)
        {
            var output = answer.OutputAt(i);
            tensors[i] = answer.TensorOf(output);
            WriteDescription(buffer, answer.Facts.OutputNames[output.Index], tensors[i]);
        }
        for (var i = 0; i < tensors.Length; i++)
        {
            if (answer.OutputAt(i).Shared is { } shared)
            {
                // Raw outputs are told apart by their places: it has one, and nothing in it, as Triton has it.
                ProtoWriter.BeginDelimited(buffer, RawField, 0);
                BinaryTensors.Write(shared, tensors[i]);
                continue;
            }
            ProtoWriter.BeginDelimited(buffer, RawField, BinaryTensors.SizeOf(tensors[i]));
            BinaryTensors.Write(buffer, tensors[i]);
        }
    }

    private static void WriteDescription(PooledBuffer buffer, byte[] name, Tensor tensor)
    {
        var type = tensor.Type.WireName();
        var shapeBytes = 0;
        foreach (var dimension in tensor.Shape)
        {
            shapeBytes += ProtoWriter.SizeOf((ulong)dimension);
        }
        var size = ProtoWriter.SizeOfDelimited(1, name.Length) + ProtoWriter.SizeOfDelimited(2, type.Length);
        size += shapeBytes == 0 ? 0 : ProtoWriter.SizeOfDelimited(3, shapeBytes);
        ProtoWriter.BeginDelimited(buffer, OutputsField, size);
        ProtoWriter.WriteBytes(buffer, 1, name);
        ProtoWriter.WriteText(buffer, 2, type);
        if (shapeBytes == 0)
        {
            return;
        }
        ProtoWriter.BeginDelimited(buffer, 3, shapeBytes);
        foreach (var dimension in tensor.Shape)
        {
            ProtoWriter.WriteVarint(buffer, (ulong)dimension);
        }
    }
}
