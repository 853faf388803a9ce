using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Messages;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// Writes the records of an answered request straight from its tensors, without objects in between. Singles stay singles: turning them into the numbers
/// that people meant is left to <see cref="PackedRecordReader"/>, where the records are stored.
/// </summary>
internal static class RecordEncoder
{
    /// <summary>Writes row <paramref name="row"/> as one frame, without what <paramref name="layout"/> says already.</summary>
    public static void WriteRow(RecordBuffer buffer, in AnsweredRequest request, RecordLayout? layout, int row, int rowCount)
    {
        buffer.BeginFrame();
        if (layout is not null)
        {
            buffer.WriteByte(PackedRecords.WithLayout);
            buffer.WriteCount(layout.Number);
            buffer.WriteText(PredictionId.ForRow(request.RequestId, row, rowCount));
        }
        else
        {
            buffer.WriteByte(PackedRecords.SelfContained);
            buffer.WriteText(PredictionId.ForRow(request.RequestId, row, rowCount));
            buffer.WriteText(request.Endpoint);
            buffer.WriteText(request.Model);
            buffer.WriteCount(request.Version);
        }
        buffer.WriteInt64(request.At.UtcTicks);
        buffer.WriteDouble(request.Latency.TotalMilliseconds);
        buffer.WriteText(request.TraceParent ?? "");
        WriteNumbers(buffer, request, layout is null, row, rowCount);
        WriteCategories(buffer, request, layout is null, row, rowCount);
        WriteOutputs(buffer, request, row, rowCount);
        buffer.EndFrame();
    }

    private static void WriteNumbers(RecordBuffer buffer, in AnsweredRequest request, bool isNamed, int row, int rowCount)
    {
        var columns = request.Plan.Columns;
        if (isNamed)
        {
            var count = 0;
            for (var i = 0; i < columns.Count; i++)
            {
                count += columns[i].IsText ? 0 : FeatureCount(request.Inputs[i], rowCount);
            }
            buffer.WriteCount(count);
        }
        for (var i = 0; i < columns.Count; i++)
        {
            if (!columns[i].IsText)
            {
                WriteNumbers(buffer, columns[i], isNamed, request.Inputs[i], row, rowCount);
            }
        }
    }

    private static void WriteNumbers(RecordBuffer buffer, RecordColumn column, bool isNamed, Tensor tensor, int row, int rowCount)
    {
        var perRow = tensor.ElementCount / rowCount;
        var first = row * perRow;
        if (perRow > RecordColumn.MaxElements)
        {
            var summary = TensorSummary.Of(tensor, first, perRow);
            ReadOnlySpan<double> values = [summary.Mean, summary.Min, summary.Max, summary.StandardDeviation];
            for (var i = 0; i < values.Length; i++)
            {
                WriteName(buffer, column.SummaryNames[i], isNamed);
                WriteDouble(buffer, values[i]);
            }
            return;
        }
        for (var i = 0; i < perRow; i++)
        {
            if (isNamed)
            {
                buffer.WriteUtf8(perRow == 1 ? column.Name : column.ElementNames[i]);
            }
            WriteNumber(buffer, tensor, first + i);
        }
    }

    // A tensor of many texts has no summary that would mean something, and is left out.
    private static void WriteCategories(RecordBuffer buffer, in AnsweredRequest request, bool isNamed, int row, int rowCount)
    {
        var columns = request.Plan.Columns;
        if (isNamed)
        {
            var count = 0;
            for (var i = 0; i < columns.Count; i++)
            {
                count += columns[i].IsText ? TextCount(request.Inputs[i], rowCount) : 0;
            }
            buffer.WriteCount(count);
        }
        for (var i = 0; i < columns.Count; i++)
        {
            if (!columns[i].IsText)
            {
                continue;
            }
            var perRow = TextCount(request.Inputs[i], rowCount);
            for (var element = 0; element < perRow; element++)
            {
                if (isNamed)
                {
                    buffer.WriteUtf8(perRow == 1 ? columns[i].Name : columns[i].ElementNames[element]);
                }
                buffer.WriteUtf8(Cut(request.Inputs[i].Strings[(row * perRow) + element].Span));
            }
        }
    }

    private static void WriteName(RecordBuffer buffer, ReadOnlySpan<byte> name, bool isNamed)
    {
        if (isNamed)
        {
            buffer.WriteUtf8(name);
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
            buffer.WriteByte((byte)PackedNumberKind.None);
            return;
        }
        WriteNumber(buffer, output, row);
    }

    private static void WriteLabel(RecordBuffer buffer, Tensor? output, int row, int rowCount)
    {
        if (output is null || output.ElementCount != rowCount)
        {
            buffer.WriteByte((byte)PackedLabelKind.None);
        }
        else if (output.Type == ElementType.Bytes)
        {
            buffer.WriteByte((byte)PackedLabelKind.Text);
            buffer.WriteUtf8(Cut(output.Strings[row].Span));
        }
        else
        {
            buffer.WriteByte((byte)PackedLabelKind.Number);
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
                buffer.WriteByte((byte)PackedNumberKind.Single);
                buffer.WriteSingle(single);
                return;
            }
            buffer.WriteByte((byte)PackedNumberKind.None);
            return;
        }
        if (tensor.Type is ElementType.Int32 or ElementType.Int64)
        {
            buffer.WriteByte((byte)PackedNumberKind.Integer);
            buffer.WriteInteger(tensor.Type == ElementType.Int32 ? tensor.AsSpan<int>()[index] : tensor.AsSpan<long>()[index]);
            return;
        }
        WriteDouble(buffer, TensorNumbers.Read(tensor, index));
    }

    private static void WriteDouble(RecordBuffer buffer, double value)
    {
        if (!double.IsFinite(value))
        {
            // JSON, the form on the wire, has no token for it.
            buffer.WriteByte((byte)PackedNumberKind.None);
            return;
        }
        buffer.WriteByte((byte)PackedNumberKind.Double);
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
        if (text.Length <= PackedRecords.MaxTextBytes)
        {
            return text;
        }
        var end = PackedRecords.MaxTextBytes;
        while (end > 0 && (text[end] & 0xC0) == 0x80)
        {
            // Not in the middle of a character.
            end--;
        }
        return text[..end];
    }
}
