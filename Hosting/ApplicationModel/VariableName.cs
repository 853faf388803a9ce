namespace Aspire.Hosting.ApplicationModel;

/// <summary>Turns resource names into names of environment variables.</summary>
internal static class VariableName
{
    /// <summary>Upper case; everything but ASCII letters, digits and underscores becomes an underscore, and a leading digit gets one.</summary>
    public static string From(string name)
    {
        var text = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? char.ToUpperInvariant(c) : '_'));
        return char.IsAsciiDigit(text[0]) ? "_" + text : text;
    }
}
