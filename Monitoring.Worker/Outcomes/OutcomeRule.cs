using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Outcomes;

/// <summary>The rules of one outcome, whatever format it came in.</summary>
internal static class OutcomeRule
{
    private const int MaxLabelLength = 1000;
    private static readonly DateTimeOffset s_earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The field that is wrong and why, or null.</summary>
    public static (string Field, string Error)? Find(Outcome outcome)
    {
        if (!PredictionId.TryParse(outcome.PredictionId, out _, out var error))
        {
            return ("predictionId", error);
        }
        if (outcome.Value is { } value && !double.IsFinite(value))
        {
            return ("value", "A value must be a finite number.");
        }
        if (outcome.Label is { } label && (label.Length is 0 or > MaxLabelLength || !StorableText.IsValid(label)))
        {
            return ("label", $"A label has 1 to {MaxLabelLength} characters, without NUL.");
        }
        if (outcome.Value is null == outcome.Label is null)
        {
            return ("value", "An outcome has either a value or a label: one of the two.");
        }
        return outcome.ObservedAt is { } at && (at < s_earliest || at > s_latest)
            ? ("observedAt", "The time must lie between the years 1900 and 9000.")
            : null;
    }
}
