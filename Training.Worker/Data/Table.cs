namespace Slipway.Training.Worker.Data;

/// <summary>The columns read from one or several CSV files with the same header, in the files' order.</summary>
internal sealed class Table(IReadOnlyList<Column> columns, int rowCount, int lastFileStart = 0)
{
    private readonly Dictionary<string, Column> _byName = columns.ToDictionary(column => column.Name, StringComparer.Ordinal);

    public IReadOnlyList<Column> Columns { get; } = columns;

    public int RowCount { get; } = rowCount;

    /// <summary>The first row that came from the last file.</summary>
    public int LastFileStart { get; } = lastFileStart;

    public Column? Find(string name) => _byName.GetValueOrDefault(name);
}
