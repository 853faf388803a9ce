using System.Globalization;
using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Trainers;

/// <summary>
/// Reads named text parameters with their ranges. The first wrong one is kept in <see cref="Error"/>; <see cref="Finish"/> also refuses the
/// parameters nobody asked for. What was used, defaults included, is in <see cref="Used"/>.
/// </summary>
internal sealed class ParameterReader(IReadOnlyDictionary<string, string> parameters)
{
    private readonly SortedDictionary<string, string> _used = new(StringComparer.Ordinal);

    public BadInput? Error { get; private set; }

    public IReadOnlyDictionary<string, string> Used => _used;

    public int Int(string name, int fallback, int min, int max)
    {
        var value = fallback;
        if (Given(name) is { } text)
        {
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) || value < min || value > max)
            {
                Refuse(name, text, $"a whole number from {min} to {max}");
            }
        }
        _used[name] = value.ToString(CultureInfo.InvariantCulture);
        return value;
    }

    public double Number(string name, double fallback, double min, double max)
    {
        var value = fallback;
        if (Given(name) is { } text)
        {
            // Written so that NaN fails too.
            if (!(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= min && value <= max))
            {
                Refuse(name, text, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"));
            }
        }
        _used[name] = value.ToString(CultureInfo.InvariantCulture);
        return value;
    }

    public bool Flag(string name, bool fallback)
    {
        var value = fallback;
        if (Given(name) is { } text && !bool.TryParse(text, out value))
        {
            Refuse(name, text, "true or false");
        }
        _used[name] = value ? "true" : "false";
        return value;
    }

    public string Choice(string name, string fallback, params ReadOnlySpan<string> choices)
    {
        var value = Given(name) ?? fallback;
        if (!choices.Contains(value))
        {
            Refuse(name, value, "one of " + string.Join(", ", choices!));
        }
        _used[name] = value;
        return value;
    }

    /// <summary>A comma-separated list of names; empty where the parameter is not given.</summary>
    public IReadOnlyList<string> Names(string name)
    {
        var text = Given(name) ?? "";
        _used[name] = text;
        return text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>The first error, an unknown parameter among them.</summary>
    public BadInput? Finish()
    {
        foreach (var name in parameters.Keys.Order(StringComparer.Ordinal))
        {
            if (!_used.ContainsKey(name))
            {
                Error ??= new BadInput("unknown_parameter", $"There is no parameter '{name}'. Known: {string.Join(", ", _used.Keys)}.")
                {
                    Parameter = name,
                };
            }
        }
        return Error;
    }

    private string? Given(string name) =>
        parameters.TryGetValue(name, out var text) && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private void Refuse(string name, string text, string wanted) =>
        Error ??= new BadInput("parameter_out_of_range", $"The parameter '{name}' is '{text}'; it must be {wanted}.") { Parameter = name };
}
