namespace Slipway.Contracts.Monitoring;

/// <summary>
/// <c>POST /api/v1/outcomes</c>: what really happened, by prediction id. As CSV (<c>text/csv</c>) the header names the same fields:
/// <c>predictionId,value[,label][,observedAt]</c>.
/// </summary>
public sealed record OutcomeBatch
{
    /// <summary>The most outcomes in one request.</summary>
    public const int MaxOutcomes = 10_000;

    /// <summary>The outcomes; all are refused when one is malformed.</summary>
    public required IReadOnlyList<Outcome> Outcomes { get; init; }
}

/// <summary>One outcome: a number (<see cref="Value"/>) or a class (<see cref="Label"/>), one of the two.</summary>
public sealed record Outcome
{
    /// <summary>The prediction it belongs to.</summary>
    public required string PredictionId { get; init; }

    /// <summary>The true value of a regression, or a numeric class.</summary>
    public double? Value { get; init; }

    /// <summary>The true class.</summary>
    public string? Label { get; init; }

    /// <summary>When it was observed; by default when it was received.</summary>
    public DateTimeOffset? ObservedAt { get; init; }
}

/// <summary>
/// The answer: 200 when every outcome is joined or already known, 202 when some wait for their prediction to arrive, 409 (as problem details with
/// these members) when some contradict an outcome that is already there; those not named are stored all the same.
/// </summary>
public sealed record OutcomeResult
{
    /// <summary>Outcomes that were new and are joined with their prediction.</summary>
    public required int Joined { get; init; }

    /// <summary>Outcomes that were already stored with the same content.</summary>
    public required int Duplicates { get; init; }

    /// <summary>Outcomes without a prediction so far; kept until it arrives or their time is over.</summary>
    public required int Parked { get; init; }

    /// <summary>Ids whose stored outcome differs; the stored one stands. At most 100 are named.</summary>
    public IReadOnlyList<string> Conflicts { get; set; } = [];
}
