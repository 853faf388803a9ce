using System.Collections;
using System.Globalization;
using System.Text;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Writes tags as Prometheus labels, sorted by name: <c>code="200",method="GET"</c>. Two orders of the same tags give the same text.</summary>
internal static class LabelText
{
    internal const string Overflow = "otel_metric_overflow=\"true\"";

    internal static string Write(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            var name = MetricName.ForLabel(tag.Key);
            var value = Text(tag.Value);
            // Names that differ only in characters that Prometheus does not take meet in one label.
            labels[name] = labels.TryGetValue(name, out var other) ? other + ";" + value : value;
        }

        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"");
            AppendEscaped(text, value, quotes: true);
            text.Append('"');
        }

        return text.ToString();
    }

    internal static void AppendEscaped(StringBuilder text, string value, bool quotes)
    {
        foreach (var c in value)
        {
            switch (c)
            {
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '"' when quotes:
                    text.Append("\\\"");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
    }

    private static string Text(object? value) =>
        value switch
        {
            null => "",
            string text => text,
            bool truth => truth ? "true" : "false",
            IEnumerable items => string.Join(',', items.Cast<object?>().Select(Text)),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
}
