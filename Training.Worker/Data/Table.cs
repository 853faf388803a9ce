namespace Slipway.Training.Worker.Data;

/// <summary>The columns read from one or several CSV files with the same header, in the files' order.</summary>
internal sealed class Table(IReadOnlyList<Column> columns, int rowCount)
{
    private readonly Dictionary<string, Column> _byName = columns.ToDictionary(column => column.Name, StringComparer.Ordinal);

    public IReadOnlyList<Column> Columns { get; } = columns;

    public int RowCount { get; } = rowCount;

    public Column? Find(string name) => _byName.GetValueOrDefault(name);
}
