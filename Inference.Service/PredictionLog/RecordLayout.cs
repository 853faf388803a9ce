using Slipway.Contracts.Messages;
using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>What the records of an endpoint have in common as long as their rows have the same number of elements: written once for each segment, and not in each record.</summary>
internal sealed class RecordLayout
{
    private static int s_count;

    private readonly string _endpoint;
    private readonly int[] _elementCounts;

    public RecordLayout(in AnsweredRequest request, int rowCount)
    {
        _endpoint = request.Endpoint;
        _elementCounts = [.. request.Inputs.Select(input => input.ElementCount / rowCount)];
        // Unique in the process, and so in each segment.
        Number = Interlocked.Increment(ref s_count) & int.MaxValue;
        using var buffer = new RecordBuffer();
        buffer.BeginFrame();
        buffer.WriteByte(PackedRecords.Layout);
        buffer.WriteCount(Number);
        buffer.WriteText(request.Endpoint);
        buffer.WriteText(request.Model);
        buffer.WriteCount(request.Version);
        WriteNames(buffer, request.Plan.Columns, isText: false);
        WriteNames(buffer, request.Plan.Columns, isText: true);
        buffer.EndFrame(isRecord: false);
        Frame = buffer.Written.ToArray();
    }

    /// <summary>The number by which records refer to it.</summary>
    public int Number { get; }

    /// <summary>The frame to be written before the first record that refers to it.</summary>
    public byte[] Frame { get; }

    /// <summary>Whether the rows of a request have this layout.</summary>
    public bool Fits(in AnsweredRequest request, int rowCount)
    {
        if (!string.Equals(request.Endpoint, _endpoint, StringComparison.Ordinal))
        {
            return false;
        }
        for (var i = 0; i < _elementCounts.Length; i++)
        {
            if (request.Inputs[i].ElementCount / rowCount != _elementCounts[i])
            {
                return false;
            }
        }
        return true;
    }

    private void WriteNames(RecordBuffer buffer, IReadOnlyList<RecordColumn> columns, bool isText)
    {
        var names = new List<byte[]>();
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].IsText == isText)
            {
                names.AddRange(columns[i].NamesOf(_elementCounts[i]));
            }
        }
        buffer.WriteCount(names.Count);
        foreach (var name in names)
        {
            buffer.WriteUtf8(name);
        }
    }
}
