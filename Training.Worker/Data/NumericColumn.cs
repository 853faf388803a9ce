using System.Globalization;

namespace Slipway.Training.Worker.Data;

/// <summary>
/// A column of 32-bit floats, NaN where missing. Training sees the same 32 bits that the served model receives, so that a threshold
/// splits the same rows in both.
/// </summary>
internal sealed class NumericColumn(string name, float[] values) : Column(name, ColumnKind.Numeric)
{
    public float[] Values { get; } = values;

    public override int RowCount => Values.Length;

    public override bool IsMissing(int row) => float.IsNaN(Values[row]);

    public override string Text(int row) => IsMissing(row) ? "" : Values[row].ToString(CultureInfo.InvariantCulture);
}
