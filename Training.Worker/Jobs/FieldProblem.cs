namespace Slipway.Training.Worker.Jobs;

/// <summary>Problem details (RFC 9457) of a request with wrong fields: the usual members, and each mistake by itself.</summary>
internal sealed record FieldProblem
{
    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    public required string Code { get; init; }

    /// <summary>The first wrong field.</summary>
    public required string Field { get; init; }

    public required IReadOnlyList<FieldError> Errors { get; init; }

    public string? TraceId { get; init; }
}
