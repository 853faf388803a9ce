using System.Text;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Containers;

/// <summary>
/// A table of named columns on its way into a model, as MLflow's scoring protocol has it. A model of several inputs takes a column for each and leaves others
/// aside; a model of one input takes all columns, in their order, as the values of a row. The table is written down as rows of the v1 protocol.
/// </summary>
internal sealed class DataFrame(ModelFacts facts, PooledBuffer rows)
{
    private readonly int _inputCount = facts.Signature.Inputs.Count;
    private bool[]? _isWanted;
    private byte[][] _columns = [];
    private int _count;

    /// <summary>Names the columns; called once, before the first row.</summary>
    public void SetColumns(IReadOnlyList<string> names)
    {
        _columns = [.. names.Select(name => Encoding.UTF8.GetBytes(name))];
        _isWanted = [.. _columns.Select(name => _inputCount == 1 || facts.FindInput(name, 0) >= 0)];
        rows.Write("{\"instances\":["u8);
    }

    /// <summary>Adds a row of JSON values, one a column.</summary>
    public void AddRow(ReadOnlySpan<byte> json, IReadOnlyList<JsonSlice> values)
    {
        if (values.Count != _columns.Length)
        {
            throw RequestRefusedException.BadRequest($"row {_count} has {values.Count} values for {_columns.Length} columns");
        }
        if (_count++ > 0)
        {
            rows.Write((byte)',');
        }
        // One column is a scalar a row: the reader adds the dimensions that the input has more.
        var isScalar = _inputCount == 1 && values.Count == 1;
        Write(
            isScalar ? ""u8
            : _inputCount == 1 ? "["u8
            : "{"u8
        );
        var isFirst = true;
        for (var i = 0; i < values.Count; i++)
        {
            if (!_isWanted![i])
            {
                continue;
            }
            Write(isFirst ? ""u8 : ","u8);
            isFirst = false;
            if (_inputCount != 1)
            {
                JsonText.WriteString(rows, _columns[i]);
                rows.Write((byte)':');
            }
            rows.Write(values[i].Of(json));
        }
        Write(
            isScalar ? ""u8
            : _inputCount == 1 ? "]"u8
            : "}"u8
        );
    }

    /// <summary>Ends the table.</summary>
    public void End()
    {
        if (_count == 0)
        {
            throw RequestRefusedException.BadRequest("the data frame has no rows");
        }
        rows.Write("]}"u8);
    }

    private void Write(ReadOnlySpan<byte> text) => rows.Write(text);
}
