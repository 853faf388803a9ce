namespace Slipway.Training.Worker.Data;

/// <summary>A column of text categories: a code into <see cref="Categories"/> for each row, −1 where missing.</summary>
internal sealed class CategoricalColumn(string name, int[] codes, string[] categories) : Column(name, ColumnKind.Categorical)
{
    public const int Missing = -1;

    public int[] Codes { get; } = codes;

    /// <summary>The distinct values in order of first appearance.</summary>
    public string[] Categories { get; } = categories;

    public override int RowCount => Codes.Length;

    public override bool IsMissing(int row) => Codes[row] < 0;

    public override string Text(int row) => IsMissing(row) ? "" : Categories[Codes[row]];
}
