namespace Slipway.Training.Worker.Runner;

/// <summary>The incumbent's metrics on the new model's holdout, or the code and message of why it could not be measured there.</summary>
internal sealed record IncumbentResult(IReadOnlyDictionary<string, double>? Metrics, string? Code, string? Message);
