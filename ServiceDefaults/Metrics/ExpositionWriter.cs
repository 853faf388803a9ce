using System.Globalization;
using System.Text;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>The lines of the Prometheus text exposition format 0.0.4.</summary>
internal sealed class ExpositionWriter
{
    private readonly StringBuilder _text = new();

    internal void Header(string name, string? help, MetricType type)
    {
        if (!string.IsNullOrEmpty(help))
        {
            _text.Append("# HELP ").Append(name).Append(' ');
            LabelText.AppendEscaped(_text, help, quotes: false);
            _text.Append('\n');
        }

        var typeName = type switch
        {
            MetricType.Counter => "counter",
            MetricType.Histogram => "histogram",
            _ => "gauge",
        };
        _text.Append("# TYPE ").Append(name).Append(' ').Append(typeName).Append('\n');
    }

    internal void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    internal static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    public override string ToString() => _text.ToString();
}
