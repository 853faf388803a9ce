using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Jobs;

/// <summary>What came of an attempt: the job's end, or the reason to try once more.</summary>
internal sealed record JobOutcome
{
    private JobOutcome() { }

    public JobEnding? Ending { get; private init; }

    public string? RetryReason { get; private init; }

    public static JobOutcome Succeeded(int version, Guid? promotion, string message) =>
        new()
        {
            Ending = new JobEnding(JobStatus.Succeeded)
            {
                ModelVersion = version,
                PromotionId = promotion,
                Message = message,
            },
        };

    public static JobOutcome Failed(string code, string message) =>
        new()
        {
            Ending = new JobEnding(JobStatus.Failed) { ErrorCode = code, Message = message },
        };

    public static JobOutcome Cancelled() => new() { Ending = new JobEnding(JobStatus.Cancelled) { Message = "Cancelled." } };

    public static JobOutcome Retry(string reason) => new() { RetryReason = reason };
}
