using System.Collections.Frozen;
using System.Text;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>
/// Names after OpenTelemetry's "Prometheus and OpenMetrics Compatibility": characters that Prometheus does not take become <c>_</c>, the unit is appended in words,
/// counters end in <c>_total</c>.
/// </summary>
internal static class MetricName
{
    private static readonly FrozenDictionary<string, string> s_units = new Dictionary<string, string>
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["%"] = "percent",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> s_perUnits = new Dictionary<string, string>
    {
        ["s"] = "second",
        ["min"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
        ["w"] = "week",
        ["mo"] = "month",
        ["y"] = "year",
    }.ToFrozenDictionary();

    internal static string ForInstrument(string name, string? unit, MetricType type)
    {
        var result = Sanitize(name, allowColon: true);
        if (type == MetricType.Counter && result.EndsWith("_total", StringComparison.Ordinal))
        {
            result = result[..^"_total".Length];
        }

        var suffix = UnitSuffix(unit, type);
        if (suffix.Length > 0 && !result.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            result += "_" + suffix;
        }

        return type == MetricType.Counter ? result + "_total" : result;
    }

    internal static string ForLabel(string name)
    {
        var result = Sanitize(name, allowColon: false);
        // "le" is the histogram's own label.
        return result == "le" ? "exported_le" : result;
    }

    private static string UnitSuffix(string? unit, MetricType type)
    {
        if (string.IsNullOrEmpty(unit))
        {
            return "";
        }

        if (unit == "1")
        {
            return type == MetricType.Gauge ? "ratio" : "";
        }

        var plain = WithoutAnnotations(unit);
        var slash = plain.IndexOf('/', StringComparison.Ordinal);
        var main = slash < 0 ? plain : plain[..slash];
        var suffix = Words(main, s_units);
        if (slash >= 0 && slash + 1 < plain.Length)
        {
            var per = "per_" + Words(plain[(slash + 1)..], s_perUnits);
            suffix = suffix.Length > 0 ? suffix + "_" + per : per;
        }

        return suffix;
    }

    private static string Words(string unit, FrozenDictionary<string, string> words) =>
        unit.Length == 0 ? ""
        : words.TryGetValue(unit, out var word) ? word
        : Sanitize(unit, allowColon: false).Trim('_');

    /// <summary>"{request}" names what is counted and is no unit.</summary>
    private static string WithoutAnnotations(string unit)
    {
        var text = new StringBuilder(unit.Length);
        var depth = 0;
        foreach (var c in unit)
        {
            depth += c == '{' ? 1 : 0;
            if (depth == 0)
            {
                text.Append(c);
            }

            depth -= c == '}' && depth > 0 ? 1 : 0;
        }

        return text.ToString();
    }

    private static string Sanitize(string name, bool allowColon)
    {
        var text = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            var valid = char.IsAsciiLetterOrDigit(c) || (allowColon && c == ':');
            if (valid)
            {
                text.Append(c);
            }
            else if (text.Length == 0 || text[^1] != '_')
            {
                text.Append('_');
            }
        }

        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
        {
            text.Insert(0, '_');
        }

        return text.ToString();
    }
}
