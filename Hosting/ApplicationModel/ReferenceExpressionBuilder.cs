using System.Globalization;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Builds a <see cref="ReferenceExpression"/> piece by piece.</summary>
public class ReferenceExpressionBuilder
{
    private readonly StringBuilder _format;
    private readonly List<(IValueProvider Provider, string Manifest, string? Format)> _holes;

    /// <summary>Starts with nothing.</summary>
    public ReferenceExpressionBuilder()
        : this(0, 0) { }

    internal ReferenceExpressionBuilder(int literalLength, int holeCount)
    {
        _format = new StringBuilder(literalLength + (3 * holeCount));
        _holes = new(holeCount);
    }

    /// <summary>Whether nothing was appended yet.</summary>
    public bool IsEmpty => _format.Length == 0;

    /// <summary>Appends fixed text.</summary>
    public void AppendLiteral(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _format.Append(value.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
    }

    /// <summary>Appends fixed text.</summary>
    public void AppendFormatted(string? value) => AppendLiteral(value ?? "");

    /// <summary>Appends fixed text, percent-encoded where the format is <c>uri</c>.</summary>
    public void AppendFormatted(string? value, string? format = null) =>
        AppendLiteral(format == "uri" ? Uri.EscapeDataString(value ?? "") : value ?? "");

    /// <summary>Appends a value that is known later.</summary>
    public void AppendFormatted<T>(T valueProvider)
        where T : IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider, null);

    /// <summary>Appends a value that is known later, percent-encoded where the format is <c>uri</c>.</summary>
    public void AppendFormatted<T>(T valueProvider, string? format)
        where T : IValueProvider, IManifestExpressionProvider
    {
        ArgumentNullException.ThrowIfNull(valueProvider);
        _format.Append(CultureInfo.InvariantCulture, $"{{{_holes.Count}}}");
        _holes.Add((valueProvider, valueProvider.ValueExpression, format));
    }

    /// <summary>The expression made of everything appended so far.</summary>
    public ReferenceExpression Build() => ReferenceExpression.Build(_format.ToString(), _holes);
}
