using System.Buffers;
using System.Globalization;
using System.Text;

namespace Slipway.Monitoring.Worker.Datasets;

/// <summary>Builds lines of CSV (RFC 4180, UTF-8, CRLF) in one reused buffer.</summary>
internal sealed class CsvLine
{
    private static readonly SearchValues<char> s_quoted = SearchValues.Create("\",\r\n");

    private readonly StringBuilder _text = new();
    private bool _first = true;

    public void Start()
    {
        _text.Clear();
        _first = true;
    }

    public void Add(double number) => Append(number.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>Adds a field, in quotes where it needs them; a missing value is an empty field, an empty text an empty pair of quotes.</summary>
    public void Add(string? text) =>
        Append(
            text is null ? ""
            : text.Length == 0 || text.AsSpan().ContainsAny(s_quoted) || text[0] == ' ' || text[^1] == ' '
                ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text
        );

    public string End() => _text.Append("\r\n").ToString();

    private void Append(string field)
    {
        if (!_first)
        {
            _text.Append(',');
        }
        _first = false;
        _text.Append(field);
    }
}
