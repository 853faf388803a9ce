using System.Diagnostics.CodeAnalysis;

namespace Slipway.Contracts.Identifiers;

/// <summary>
/// The name of a registered model: 1 to 256 characters, neither <c>/</c> nor <c>:</c> among them, as MLflow has it, no control characters and no white space at
/// the ends. It may hold what means something else in a URL (<c>% ? # \</c>): escape it there. It is no name for a file.
/// </summary>
public readonly record struct ModelName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 256;

    private ModelName(string value) => Value = value;

    /// <summary>The text of the name.</summary>
    public string Value { get; }

    /// <summary>Validates <paramref name="text"/>; <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryParse(string? text, out ModelName name, [NotNullWhen(false)] out string? error)
    {
        name = default;
        error = NameRule.Check(text, "model name", MaxLength, "/:");
        if (error is null)
        {
            name = new ModelName(text!);
        }
        return error is null;
    }

    /// <inheritdoc />
    public override string ToString() => Value;
}
