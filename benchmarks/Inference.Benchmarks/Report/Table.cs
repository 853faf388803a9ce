using System.Globalization;
using System.Text;

namespace Slipway.Inference.Benchmarks.Report;

/// <summary>One table of the result page.</summary>
internal sealed class Table(string title, string note, params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells)
    {
        _rows.Add(cells);
        Console.WriteLine($"{title}: {string.Join(" | ", cells)}");
    }

    public void Write(StringBuilder page)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{note}\n\n");
        page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", columns)} |\n");
        page.Append(CultureInfo.InvariantCulture, $"|{string.Concat(columns.Select((_, i) => i == 0 ? "---|" : "---:|"))}\n");
        foreach (var row in _rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |\n");
        }
    }

    /// <summary>A number as people read it: three digits, thousands parted.</summary>
    public static string Number(double? value) =>
        value switch
        {
            null => "",
            >= 100 => Math.Round(value.Value).ToString("N0", CultureInfo.InvariantCulture),
            >= 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
            _ => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
        };

    public static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
