using System.IO.Enumeration;

namespace Slipway.Registry.Api.Access;

/// <summary>A pattern of names: <c>*</c> stands for any text, <c>?</c> for one character, everything else for itself.</summary>
internal static class NamePattern
{
    public const string Any = "*";
    public const int MaxLength = 256;

    public static bool IsValid(string? pattern) =>
        pattern is { Length: > 0 and <= MaxLength } && !pattern.Any(char.IsControl) && !pattern.Contains('\\', StringComparison.Ordinal);

    public static bool Matches(string pattern, string name) =>
        pattern == Any || FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    /// <summary>The same as a pattern of SQL's LIKE.</summary>
    public static string ToLike(string pattern) =>
        pattern
            .Replace("%", @"\%", StringComparison.Ordinal)
            .Replace("_", @"\_", StringComparison.Ordinal)
            .Replace('*', '%')
            .Replace('?', '_');
}
