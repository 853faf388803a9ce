using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.V1;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// Writes MLflow's <c>{"predictions": …}</c>: for tensors an object of output name to array; for a data frame a list of records, in which each output is one
/// column of all its elements, as MLflow's ONNX flavour has it. Outputs of different sizes, which MLflow cannot answer, have a row's values as an array each.
/// </summary>
internal static class InvocationsWriter
{
    public static void Write(PooledBuffer buffer, in PredictionAnswer answer)
    {
        buffer.Write("{\"predictions\":"u8);
        if (answer.Request.IsRowFormat)
        {
            WriteRecords(buffer, answer);
        }
        else
        {
            V1Protocol.WriteNamedColumns(buffer, answer.Outputs, answer.Facts.OutputNames);
        }
        buffer.Write((byte)'}');
    }

    private static void WriteRecords(PooledBuffer buffer, in PredictionAnswer answer)
    {
        var outputs = answer.Outputs;
        var count = outputs[0].ElementCount;
        var isFlat = outputs.All(output => output.ElementCount == count);
        var rows = (int)answer.Request.Inputs[0].RowCount;
        if (!isFlat && outputs.Any(output => output.Shape.Length == 0 || output.Shape[0] != rows))
        {
            throw RequestRefusedException.BadRequest(
                $"the outputs of model '{answer.Name}' do not form a table: send 'inputs' in place of a data frame"
            );
        }
        buffer.Write((byte)'[');
        for (var row = 0; row < (isFlat ? count : rows); row++)
        {
            buffer.Write(row > 0 ? ",{"u8 : "{"u8);
            for (var i = 0; i < outputs.Count; i++)
            {
                buffer.Write(i > 0 ? ","u8 : ""u8);
                JsonText.WriteString(buffer, answer.Facts.OutputNames[i]);
                buffer.Write((byte)':');
                WriteCell(buffer, outputs[i], row, isFlat);
            }
            buffer.Write((byte)'}');
        }
        buffer.Write((byte)']');
    }

    private static void WriteCell(PooledBuffer buffer, Tensor output, int row, bool isFlat)
    {
        if (isFlat)
        {
            JsonText.WriteElement(buffer, output, row);
            return;
        }
        V1Protocol.WriteRow(buffer, output, row);
    }
}
