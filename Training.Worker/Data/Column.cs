namespace Slipway.Training.Worker.Data;

/// <summary>One column of a <see cref="Table"/>, held whole in memory in the form the trainers read.</summary>
internal abstract class Column(string name, ColumnKind kind)
{
    public string Name { get; } = name;

    public ColumnKind Kind { get; } = kind;

    public abstract int RowCount { get; }

    /// <summary>Where the first missing value stands, for error messages; null when none is missing.</summary>
    public CsvPosition? FirstMissing { get; init; }

    /// <summary>Where the first value stands that is not a number; null when all are.</summary>
    public CsvPosition? FirstText { get; init; }

    public abstract bool IsMissing(int row);

    /// <summary>The value as the text a client would send; empty when missing.</summary>
    public abstract string Text(int row);
}
