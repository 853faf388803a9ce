namespace Slipway.Training.Worker.Storage;

/// <summary>How a job ends: its last status and what is kept with it.</summary>
internal sealed record JobEnding(string Status)
{
    public string? Message { get; init; }

    public string? ErrorCode { get; init; }

    public int? ModelVersion { get; init; }

    public Guid? PromotionId { get; init; }
}
