namespace Slipway.Contracts.Identifiers;

/// <summary>The rule that names of models and of endpoints share.</summary>
internal static class NameRule
{
    internal static string? Check(string? text, string what, int maxLength, ReadOnlySpan<char> refused)
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
            if (char.IsControl(c) || refused.Contains(c))
            {
                return $"The {what} must not contain control characters or any of {string.Join(' ', refused.ToArray())}.";
            }
        }
        return null;
    }
}
