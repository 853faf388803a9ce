using System.Globalization;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V2;

/// <summary>The REST form of the Open Inference Protocol, version 2: JSON, with the tensors that are wanted so in bytes after it.</summary>
internal sealed class V2Protocol : IPredictionProtocol
{
    public PredictionRequest Read(in IncomingPrediction incoming) => V2RequestReader.Read(incoming);

    public void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer)
    {
        buffer.Write("{\"model_name\":"u8);
        JsonText.WriteString(buffer, answer.Name);
        buffer.Write(",\"model_version\":"u8);
        JsonText.WriteString(buffer, answer.Facts.VersionText);
        buffer.Write(",\"id\":"u8);
        JsonText.WriteString(buffer, answer.Id);
        buffer.Write(",\"outputs\":["u8);
        var tensors = new Tensor[answer.OutputCount];
        var binaryCount = 0;
        for (var i = 0; i < tensors.Length; i++)
        {
            if (i > 0)
            {
                buffer.Write((byte)',');
            }
            var output = answer.OutputAt(i);
            tensors[i] = answer.TensorOf(output);
            binaryCount += WriteTensor(buffer, answer, output, tensors[i]);
        }
        buffer.Write("]}"u8);
        if (binaryCount > 0)
        {
            headers.ContentType = "application/octet-stream";
            headers[BinaryHeader.Name] = buffer.Length.ToString(CultureInfo.InvariantCulture);
            WriteBlobs(buffer, answer, tensors);
        }
    }

    private static bool IsBinary(in PredictionAnswer answer, in RequestedOutput output) =>
        output.Shared is null && (output.IsBinary ?? answer.Request.IsBinaryWanted);

    private static void WriteBlobs(PooledBuffer buffer, in PredictionAnswer answer, Tensor[] tensors)
    {
        for (var i = 0; i < tensors.Length; i++)
        {
            if (IsBinary(answer, answer.OutputAt(i)))
            {
                BinaryTensors.Write(buffer, tensors[i]);
            }
        }
    }

    // The number of blobs that have to follow: one or none.
    private static int WriteTensor(PooledBuffer buffer, in PredictionAnswer answer, in RequestedOutput output, Tensor tensor)
    {
        buffer.Write("{\"name\":"u8);
        JsonText.WriteString(buffer, answer.Facts.OutputNames[output.Index]);
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
        if (output.Shared is { } shared)
        {
            // Nothing but its description, as Triton has it: its clients take any parameters of an output to come with bytes.
            BinaryTensors.Write(shared, tensor);
            buffer.Write("]}"u8);
            return 0;
        }
        if (IsBinary(answer, output))
        {
            buffer.Write("],\"parameters\":{\"binary_data_size\":"u8);
            JsonText.WriteNumber(buffer, BinaryTensors.SizeOf(tensor));
            buffer.Write("}}"u8);
            return 1;
        }
        buffer.Write("],\"data\":["u8);
        WriteElements(buffer, tensor);
        buffer.Write("]}"u8);
        return 0;
    }

    internal static void WriteElements(PooledBuffer buffer, Tensor tensor)
    {
        if (tensor.Type is ElementType.Fp16 or ElementType.Bf16)
        {
            throw RequestRefusedException.BadRequest(
                $"sending {tensor.Type.WireName()} data via JSON is not supported. Please use the binary data format for output '{tensor.Name}'"
            );
        }
        for (var i = 0; i < tensor.ElementCount; i++)
        {
            if (i > 0)
            {
                buffer.Write((byte)',');
            }
            JsonText.WriteElement(buffer, tensor, i);
        }
    }
}
