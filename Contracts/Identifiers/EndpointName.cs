using System.Diagnostics.CodeAnalysis;

namespace Slipway.Contracts.Identifiers;

/// <summary>The name of a serving endpoint: as <see cref="ModelName"/>, without what would have to be escaped in the URLs that callers write themselves.</summary>
public readonly record struct EndpointName
{
    private EndpointName(string value) => Value = value;

    /// <summary>The text of the name.</summary>
    public string Value { get; }

    /// <summary>Validates <paramref name="text"/>; <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryParse(string? text, out EndpointName name, [NotNullWhen(false)] out string? error)
    {
        name = default;
        error = NameRule.Check(text, "endpoint name", ModelName.MaxLength, "/:%\\?#");
        if (error is null)
        {
            name = new EndpointName(text!);
        }
        return error is null;
    }

    /// <inheritdoc />
    public override string ToString() => Value;
}
