namespace Slipway.Training.Worker.Jobs;

/// <summary>What is wrong with one field of a request: the field, a stable code, and words.</summary>
internal sealed record FieldError(string Field, string Code, string Detail);
