using System.Text.Json;

namespace Slipway.Monitoring.Worker.Datasets;

/// <summary>The features of one prediction in the order of the columns; reused from row to row.</summary>
internal sealed class DatasetRow
{
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly double?[] _numbers;
    private readonly string?[] _texts;

    public DatasetRow(IReadOnlyList<string> columns)
    {
        _numbers = new double?[columns.Count];
        _texts = new string?[columns.Count];
        for (var i = 0; i < columns.Count; i++)
        {
            _indexes[columns[i]] = i;
        }
    }

    public void Read(ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> categories)
    {
        Array.Clear(_numbers);
        Array.Clear(_texts);
        Read(numbers);
        Read(categories);
    }

    public void WriteTo(CsvLine line)
    {
        for (var i = 0; i < _numbers.Length; i++)
        {
            if (_numbers[i] is { } number)
            {
                line.Add(number);
            }
            else
            {
                line.Add(_texts[i]);
            }
        }
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }
            var known = _indexes.TryGetValue(reader.GetString()!, out var index);
            reader.Read();
            if (known && reader.TokenType == JsonTokenType.Number)
            {
                _numbers[index] = reader.GetDouble();
            }
            else if (known && reader.TokenType == JsonTokenType.String)
            {
                _texts[index] = reader.GetString();
            }
        }
    }
}
