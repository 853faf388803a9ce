using Slipway.Contracts.Identifiers;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// Writes the records of an answered request straight from its tensors, without objects in between. Singles stay singles: turning them into the numbers
/// that people meant is left to <see cref="RecordDecoder"/>, off the request's path.
/// </summary>
internal static class RecordEncoder
{
    /// <summary>The first byte of a record.</summary>
    public const byte FormatVersion = 1;

    /// <summary>Texts are cut at this many bytes.</summary>
    public const int MaxTextBytes = 256;

    /// <summary>Writes row <paramref name="row"/> as one frame.</summary>
    public static void WriteRow(RecordBuffer buffer, in AnsweredRequest request, int row, int rowCount)
    {
        buffer.BeginFrame();
        buffer.WriteByte(FormatVersion);
        buffer.WriteText(PredictionId.ForRow(request.RequestId, row, rowCount));
        buffer.WriteText(request.Endpoint);
        buffer.WriteText(request.Model);
        buffer.WriteCount(request.Version);
        buffer.WriteInt64(request.At.UtcTicks);
        buffer.WriteDouble(request.Latency.TotalMilliseconds);
        buffer.WriteText(request.TraceParent ?? "");
        WriteNumbers(buffer, request, row, rowCount);
        WriteCategories(buffer, request, row, rowCount);
        WriteOutputs(buffer, request, row, rowCount);
        buffer.EndFrame();
    }

    private static void WriteNumbers(RecordBuffer buffer, in AnsweredRequest request, int row, int rowCount)
    {
        var columns = request.Plan.Columns;
        var count = 0;
        for (var i = 0; i < columns.Count; i++)
        {
            count += columns[i].IsText ? 0 : FeatureCount(request.Inputs[i], rowCount);
        }
        buffer.WriteCount(count);
        for (var i = 0; i < columns.Count; i++)
        {
            if (!columns[i].IsText)
            {
                WriteNumbers(buffer, columns[i], request.Inputs[i], row, rowCount);
            }
        }
    }

    private static void WriteNumbers(RecordBuffer buffer, RecordColumn column, Tensor tensor, int row, int rowCount)
    {
        var perRow = tensor.ElementCount / rowCount;
        var first = row * perRow;
        if (perRow == 1)
        {
            buffer.WriteUtf8(column.Name);
            WriteNumber(buffer, tensor, first);
        }
        else if (perRow <= RecordColumn.MaxElements)
        {
            for (var i = 0; i < perRow; i++)
            {
                buffer.WriteUtf8(column.ElementNames[i]);
                WriteNumber(buffer, tensor, first + i);
            }
        }
        else
        {
            var summary = TensorSummary.Of(tensor, first, perRow);
            WriteDouble(buffer, column.SummaryNames[0], summary.Mean);
            WriteDouble(buffer, column.SummaryNames[1], summary.Min);
            WriteDouble(buffer, column.SummaryNames[2], summary.Max);
            WriteDouble(buffer, column.SummaryNames[3], summary.StandardDeviation);
        }
    }

    // A tensor of many texts has no summary that would mean something, and is left out.
    private static void WriteCategories(RecordBuffer buffer, in AnsweredRequest request, int row, int rowCount)
    {
        var columns = request.Plan.Columns;
        var count = 0;
        for (var i = 0; i < columns.Count; i++)
        {
            count += columns[i].IsText ? TextCount(request.Inputs[i], rowCount) : 0;
        }
        buffer.WriteCount(count);
        for (var i = 0; i < columns.Count; i++)
        {
            if (!columns[i].IsText)
            {
                continue;
            }
            var perRow = TextCount(request.Inputs[i], rowCount);
            for (var element = 0; element < perRow; element++)
            {
                buffer.WriteUtf8(perRow == 1 ? columns[i].Name : columns[i].ElementNames[element]);
                buffer.WriteUtf8(Cut(request.Inputs[i].Strings[(row * perRow) + element].Span));
            }
        }
    }

    private static void WriteOutputs(RecordBuffer buffer, in AnsweredRequest request, int row, int rowCount)
    {
        var plan = request.Plan;
        WriteValue(buffer, plan.ValueIndex < 0 ? null : request.Outputs[plan.ValueIndex], row, rowCount);
        WriteLabel(buffer, plan.LabelIndex < 0 ? null : request.Outputs[plan.LabelIndex], row, rowCount);
        var scores = plan.ScoresIndex < 0 ? null : request.Outputs[plan.ScoresIndex];
        var perRow = scores is null ? 0 : scores.ElementCount / rowCount;
        if (perRow > RecordColumn.MaxElements)
        {
            perRow = 0;
        }
        buffer.WriteCount(perRow);
        for (var i = 0; i < perRow; i++)
        {
            WriteNumber(buffer, scores!, (row * perRow) + i);
        }
    }

    private static void WriteValue(RecordBuffer buffer, Tensor? output, int row, int rowCount)
    {
        if (output is null || output.ElementCount != rowCount)
        {
            buffer.WriteByte((byte)NumberKind.None);
            return;
        }
        WriteNumber(buffer, output, row);
    }

    private static void WriteLabel(RecordBuffer buffer, Tensor? output, int row, int rowCount)
    {
        if (output is null || output.ElementCount != rowCount)
        {
            buffer.WriteByte((byte)LabelKind.None);
        }
        else if (output.Type == ElementType.Bytes)
        {
            buffer.WriteByte((byte)LabelKind.Text);
            buffer.WriteUtf8(Cut(output.Strings[row].Span));
        }
        else
        {
            buffer.WriteByte((byte)LabelKind.Number);
            WriteNumber(buffer, output, row);
        }
    }

    private static void WriteNumber(RecordBuffer buffer, Tensor tensor, int index)
    {
        if (tensor.Type == ElementType.Fp32)
        {
            var single = tensor.AsSpan<float>()[index];
            if (float.IsFinite(single))
            {
                buffer.WriteByte((byte)NumberKind.Single);
                buffer.WriteSingle(single);
                return;
            }
            buffer.WriteByte((byte)NumberKind.None);
            return;
        }
        WriteDouble(buffer, TensorNumbers.Read(tensor, index));
    }

    private static void WriteDouble(RecordBuffer buffer, ReadOnlySpan<byte> name, double value)
    {
        buffer.WriteUtf8(name);
        WriteDouble(buffer, value);
    }

    private static void WriteDouble(RecordBuffer buffer, double value)
    {
        if (!double.IsFinite(value))
        {
            // JSON, the form on the wire, has no token for it.
            buffer.WriteByte((byte)NumberKind.None);
            return;
        }
        buffer.WriteByte((byte)NumberKind.Double);
        buffer.WriteDouble(value);
    }

    private static int FeatureCount(Tensor tensor, int rowCount)
    {
        var perRow = tensor.ElementCount / rowCount;
        return perRow > RecordColumn.MaxElements ? 4 : perRow;
    }

    private static int TextCount(Tensor tensor, int rowCount)
    {
        var perRow = tensor.ElementCount / rowCount;
        return perRow > RecordColumn.MaxElements ? 0 : perRow;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text)
    {
        if (text.Length <= MaxTextBytes)
        {
            return text;
        }
        var end = MaxTextBytes;
        while (end > 0 && (text[end] & 0xC0) == 0x80)
        {
            // Not in the middle of a character.
            end--;
        }
        return text[..end];
    }
}
