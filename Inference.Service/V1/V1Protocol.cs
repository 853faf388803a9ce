using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.V1;

/// <summary>TensorFlow Serving's REST protocol.</summary>
internal sealed class V1Protocol : IPredictionProtocol
{
    public PredictionRequest Read(in IncomingPrediction incoming)
    {
        var (inputs, isRowFormat) = V1RequestReader.Read(incoming.Body.Span, incoming.Facts, incoming.Name, incoming.Limits.MaxJsonDepth);
        return new PredictionRequest { Inputs = inputs, IsRowFormat = isRowFormat };
    }

    public void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer)
    {
        var outputs = answer.Outputs;
        var names = answer.Facts.OutputNames;
        if (!answer.Request.IsRowFormat)
        {
            buffer.Write("{\"outputs\":"u8);
            WriteColumns(buffer, outputs, names);
            buffer.Write((byte)'}');
            return;
        }
        var rows = answer.Request.Inputs.Length == 0 ? 0 : answer.Request.Inputs[0].RowCount;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Shape.Length == 0 || outputs[i].Shape[0] != rows)
            {
                throw RequestRefusedException.BadRequest(
                    $"output '{outputs[i].Name}' of model '{answer.Name}' does not have one value for each instance: send 'inputs' (columns) in place of 'instances'"
                );
            }
        }
        buffer.Write("{\"predictions\":["u8);
        for (var row = 0; row < rows; row++)
        {
            if (row > 0)
            {
                buffer.Write((byte)',');
            }
            WriteRow(buffer, outputs, names, row);
        }
        buffer.Write("]}"u8);
    }

    private static void WriteRow(PooledBuffer buffer, IReadOnlyList<Tensor> outputs, byte[][] names, int row)
    {
        if (outputs.Count == 1)
        {
            WriteRow(buffer, outputs[0], row);
            return;
        }
        buffer.Write((byte)'{');
        for (var i = 0; i < outputs.Count; i++)
        {
            WriteName(buffer, names[i], i);
            WriteRow(buffer, outputs[i], row);
        }
        buffer.Write((byte)'}');
    }

    /// <summary>Writes a row of an output that has rows: a value, or nested arrays.</summary>
    public static void WriteRow(PooledBuffer buffer, Tensor tensor, int row)
    {
        var next = row * (tensor.ElementCount / (int)tensor.Shape[0]);
        WriteNested(buffer, tensor, 1, ref next);
    }

    private static void WriteColumns(PooledBuffer buffer, IReadOnlyList<Tensor> outputs, byte[][] names)
    {
        var next = 0;
        if (outputs.Count == 1)
        {
            WriteNested(buffer, outputs[0], 0, ref next);
            return;
        }
        WriteNamedColumns(buffer, outputs, names);
    }

    /// <summary>Writes an object of output name to nested arrays.</summary>
    public static void WriteNamedColumns(PooledBuffer buffer, IReadOnlyList<Tensor> outputs, byte[][] names)
    {
        buffer.Write((byte)'{');
        for (var i = 0; i < outputs.Count; i++)
        {
            WriteName(buffer, names[i], i);
            var next = 0;
            WriteNested(buffer, outputs[i], 0, ref next);
        }
        buffer.Write((byte)'}');
    }

    private static void WriteName(PooledBuffer buffer, byte[] name, int index)
    {
        if (index > 0)
        {
            buffer.Write((byte)',');
        }
        JsonText.WriteString(buffer, name);
        buffer.Write((byte)':');
    }

    private static void WriteNested(PooledBuffer buffer, Tensor tensor, int dimension, ref int next)
    {
        if (dimension == tensor.Shape.Length)
        {
            if (tensor.Type == ElementType.Bytes && tensor.Name.EndsWith("_bytes", StringComparison.Ordinal))
            {
                // The protocol's sign for bytes that are no text.
                buffer.Write("{\"b64\":"u8);
                JsonText.WriteBase64(buffer, tensor.Strings[next++].Span);
                buffer.Write((byte)'}');
                return;
            }
            JsonText.WriteElement(buffer, tensor, next++);
            return;
        }
        buffer.Write((byte)'[');
        for (var i = 0; i < tensor.Shape[dimension]; i++)
        {
            if (i > 0)
            {
                buffer.Write((byte)',');
            }
            WriteNested(buffer, tensor, dimension + 1, ref next);
        }
        buffer.Write((byte)']');
    }
}
