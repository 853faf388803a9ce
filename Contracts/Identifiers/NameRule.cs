using System.Buffers;

namespace Slipway.Contracts.Identifiers;

/// <summary>The rule that names in URL paths share.</summary>
internal static class NameRule
{
    private static readonly SearchValues<char> s_refused = SearchValues.Create("/:%\\?#");

    internal static string? Check(string? text, string what, int maxLength)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return $"The {what} must not be empty.";
        }
        if (text.Length > maxLength)
        {
            return $"The {what} has {text.Length} characters; at most {maxLength} are allowed.";
        }
        if (text is "." or ".." || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            return $"The {what} must not be '.' or '..', nor begin or end with white space.";
        }
        foreach (var c in text)
        {
            if (char.IsControl(c) || s_refused.Contains(c))
            {
                return $"The {what} must not contain control characters or any of / : % \\ ? #.";
            }
        }
        return null;
    }
}
