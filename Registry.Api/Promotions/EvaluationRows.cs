using System.Globalization;
using Slipway.Contracts.Training;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Columns of an <see cref="EvaluationFile"/>. Lines that are no numbers make the file one that is not used, with a reason.</summary>
internal sealed record EvaluationRows(IReadOnlyDictionary<string, double[]> Columns, string? Problem)
{
    private const int MaxRows = 2_000_000;
    private const int MaxColumns = 64;

    public static EvaluationRows Unusable(string problem) => new(new Dictionary<string, double[]>(), problem);

    public static async Task<EvaluationRows> ReadAsync(Stream csv, CancellationToken ct)
    {
        using var reader = new StreamReader(csv);
        var header = (await reader.ReadLineAsync(ct))?.Split(',') ?? [];
        if (header.Length > MaxColumns || header.Distinct(StringComparer.Ordinal).Count() != header.Length)
        {
            return Unusable($"{EvaluationFile.Path} has more than {MaxColumns} columns, or one twice.");
        }
        var columns = header.Select(_ => new List<double>()).ToArray();
        for (var row = 2; await reader.ReadLineAsync(ct) is { } line; row++)
        {
            if (line.Length == 0)
            {
                continue;
            }
            if (row > MaxRows || !TryAdd(line, columns))
            {
                return Unusable(
                    row > MaxRows
                        ? $"{EvaluationFile.Path} has more than {MaxRows} rows."
                        : $"{EvaluationFile.Path} has no {header.Length} finite numbers in line {row}."
                );
            }
        }
        return new EvaluationRows(
            header.Zip(columns).ToDictionary(pair => pair.First.Trim(), pair => pair.Second.ToArray(), StringComparer.Ordinal),
            null
        );
    }

    private static bool TryAdd(string line, List<double>[] columns)
    {
        var column = 0;
        foreach (var range in line.AsSpan().Split(','))
        {
            if (
                column == columns.Length
                || !double.TryParse(line.AsSpan()[range], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                || !double.IsFinite(value)
            )
            {
                return false;
            }
            columns[column++].Add(value);
        }
        return column == columns.Length;
    }
}
