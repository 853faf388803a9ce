namespace Aspire.Hosting.ApplicationModel;

/// <summary>The naming rules that resources and endpoints share.</summary>
internal static class ResourceName
{
    private const int MaxLength = 64;

    public static void Validate(string target, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var problem = name switch
        {
            { Length: > MaxLength } => $"must be between 1 and {MaxLength} characters long",
            _ when !char.IsAsciiLetter(name[0]) => "must start with an ASCII letter",
            _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') => "must contain only ASCII letters, digits, and hyphens",
            _ when name.Contains("--", StringComparison.Ordinal) => "cannot contain consecutive hyphens",
            _ when name[^1] == '-' => "cannot end with a hyphen",
            _ => null,
        };
        if (problem is not null)
        {
            throw new ArgumentException($"{target} name '{name}' is invalid. Name {problem}.", nameof(name));
        }
    }
}
