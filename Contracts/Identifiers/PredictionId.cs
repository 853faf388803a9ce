using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Slipway.Contracts.Identifiers;

/// <summary>
/// The key that joins a prediction with its later outcome: the <c>id</c> of the answered request, 1 to 128 printable ASCII characters without
/// white space. A request of several rows gets one id a row: <see cref="ForRow"/>.
/// </summary>
public readonly record struct PredictionId
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = 128;

    private PredictionId(string value) => Value = value;

    /// <summary>The text of the id.</summary>
    public string Value { get; }

    /// <summary>Validates <paramref name="text"/>; <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryParse(string? text, out PredictionId id, [NotNullWhen(false)] out string? error)
    {
        id = default;
        error =
            string.IsNullOrEmpty(text) ? "A prediction id must not be empty."
            : text.Length > MaxLength ? $"A prediction id has at most {MaxLength} characters."
            : text.AsSpan().ContainsAnyExceptInRange('!', '~') ? "A prediction id holds printable ASCII characters without white space."
            : null;
        if (error is null)
        {
            id = new PredictionId(text!);
        }
        return error is null;
    }

    /// <summary>
    /// The prediction id of row <paramref name="row"/> (from 0) in a request of <paramref name="rowCount"/> rows: the request's own id when it has
    /// one row, otherwise <c>{id}_{row}</c> (the form that Azure ML's correlation ids have).
    /// </summary>
    public static string ForRow(string requestId, int row, int rowCount) =>
        rowCount == 1 ? requestId : string.Create(CultureInfo.InvariantCulture, $"{requestId}_{row}");

    /// <inheritdoc />
    public override string ToString() => Value;
}
