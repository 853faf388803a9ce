using Slipway.Contracts.Training;

namespace Slipway.Training.Worker.Storage;

/// <summary>A job that this process owns as long as nobody claimed it with a higher fencing number.</summary>
internal sealed record JobClaim(Guid Id, long Fencing, int Attempt, TrainingJobRequest Request)
{
    /// <summary>The run of an earlier attempt.</summary>
    public string? PreviousRunId { get; init; }

    /// <summary>An earlier attempt was about to create the model version, and may have.</summary>
    public bool WasRegistering { get; init; }

    public bool CancelRequested { get; init; }

    public required DateTimeOffset LeaseExpiresAt { get; init; }
}
