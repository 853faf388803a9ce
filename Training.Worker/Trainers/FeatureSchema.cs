using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers;

/// <summary>
/// The features of a model as the training rows define them, and the way from a <see cref="Table"/>'s rows to a <see cref="FeatureTable"/>.
/// Categories come from the training rows alone, so that the holdout meets unknown ones as serving does.
/// </summary>
internal sealed class FeatureSchema
{
    private readonly int[]?[] _codeMaps;

    private FeatureSchema(IReadOnlyList<Feature> features, int[]?[] codeMaps)
    {
        Features = features;
        _codeMaps = codeMaps;
    }

    public IReadOnlyList<Feature> Features { get; }

    public static FeatureSchema Fit(Table table, IReadOnlyList<string> names, ReadOnlySpan<int> rows, int maxCategories)
    {
        var features = new Feature[names.Count];
        var codeMaps = new int[]?[names.Count];
        for (var i = 0; i < names.Count; i++)
        {
            switch (table.Find(names[i]))
            {
                case NumericColumn column:
                    features[i] = new Feature(column.Name, ColumnKind.Numeric, [], AnyMissing(column, rows));
                    break;
                case CategoricalColumn column:
                    codeMaps[i] = RankByFrequency(column, rows, maxCategories, out var kept);
                    features[i] = new Feature(column.Name, ColumnKind.Categorical, kept, AnyMissing(column, rows));
                    break;
                default:
                    throw new ArgumentException($"The table has no column '{names[i]}'.", nameof(names));
            }
        }
        return new FeatureSchema(features, codeMaps);
    }

    public FeatureTable Select(Table table, ReadOnlySpan<int> rows)
    {
        var values = new Array[Features.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = table.Find(Features[i].Name) switch
            {
                NumericColumn column => Gather(column.Values, rows),
                CategoricalColumn column => GatherCodes(column.Codes, _codeMaps[i]!, rows),
                _ => throw new ArgumentException($"The table has no column '{Features[i].Name}'.", nameof(table)),
            };
        }
        return new FeatureTable(Features, values, rows.Length);
    }

    private static bool AnyMissing(Column column, ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
        {
            if (column.IsMissing(row))
            {
                return true;
            }
        }
        return false;
    }

    private static int[] RankByFrequency(CategoricalColumn column, ReadOnlySpan<int> rows, int maxCategories, out string[] kept)
    {
        var counts = new int[column.Categories.Length];
        foreach (var row in rows)
        {
            if (column.Codes[row] is >= 0 and var code)
            {
                counts[code]++;
            }
        }
        var order = Enumerable
            .Range(0, counts.Length)
            .Where(code => counts[code] > 0)
            .OrderByDescending(code => counts[code])
            .ThenBy(code => column.Categories[code], StringComparer.Ordinal)
            .Take(maxCategories)
            .ToArray();
        var map = new int[counts.Length];
        Array.Fill(map, CategoricalColumn.Missing);
        for (var i = 0; i < order.Length; i++)
        {
            map[order[i]] = i;
        }
        kept = [.. order.Select(code => column.Categories[code])];
        return map;
    }

    private static float[] Gather(float[] values, ReadOnlySpan<int> rows)
    {
        var result = new float[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            result[i] = values[rows[i]];
        }
        return result;
    }

    private static int[] GatherCodes(int[] codes, int[] map, ReadOnlySpan<int> rows)
    {
        var result = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var code = codes[rows[i]];
            result[i] = code < 0 ? code : map[code];
        }
        return result;
    }
}
