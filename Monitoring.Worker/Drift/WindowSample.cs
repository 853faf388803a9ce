using System.Globalization;
using System.Text.Json;
using Slipway.Contracts.Monitoring;

namespace Slipway.Monitoring.Worker.Drift;

/// <summary>
/// Collects the columns that a baseline knows from the rows of a window. A category that was logged as a number is taken by its text, and a number
/// that was logged as a category by its value: which of the two a feature is, the baseline says.
/// </summary>
internal sealed class WindowSample
{
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly bool[] _numeric;

    public WindowSample(BaselineProfile baseline)
    {
        Baseline = baseline;
        _numeric = new bool[baseline.Features.Count];
        Features = new ColumnSample[baseline.Features.Count];
        for (var i = 0; i < Features.Length; i++)
        {
            Features[i] = new ColumnSample();
            _numeric[i] = ColumnKinds.IsNumeric(baseline.Features[i]);
            _indexes[baseline.Features[i].Name] = i;
        }
    }

    public BaselineProfile Baseline { get; }

    public ColumnSample[] Features { get; }

    public ColumnSample Prediction { get; } = new();

    public long RowCount { get; private set; }

    /// <summary>Adds a row; <paramref name="numbers"/> and <paramref name="categories"/> are JSON objects of names with numbers, or texts, or nulls.</summary>
    public void Add(ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> categories, double? value, string? label)
    {
        RowCount++;
        AddFeatures(numbers);
        AddFeatures(categories);
        if (ColumnKinds.IsNumeric(Baseline.Prediction))
        {
            if (value is { } number)
            {
                Prediction.Add(number);
            }
        }
        else if ((label ?? value?.ToString(CultureInfo.InvariantCulture)) is { } category)
        {
            Prediction.Add(category);
        }
    }

    private void AddFeatures(ReadOnlySpan<byte> json)
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
            if (!known)
            {
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.Number)
            {
                Add(index, reader.GetDouble());
            }
            else if (reader.TokenType == JsonTokenType.String)
            {
                Add(index, reader.GetString()!);
            }
        }
    }

    private void Add(int index, double number)
    {
        if (_numeric[index])
        {
            Features[index].Add(number);
        }
        else
        {
            Features[index].Add(number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Add(int index, string text)
    {
        if (!_numeric[index])
        {
            Features[index].Add(text);
        }
        else if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            Features[index].Add(number);
        }
    }
}
