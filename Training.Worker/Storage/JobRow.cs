namespace Slipway.Training.Worker.Storage;

/// <summary>A row of the table <c>jobs</c>. While it runs, only the holder of <see cref="Fencing"/> may change it.</summary>
internal sealed class JobRow
{
    public required Guid Id { get; init; }

    public required string Model { get; init; }

    public required string Status { get; set; }

    /// <summary>The <see cref="Contracts.Training.TrainingJobRequest"/> as JSON.</summary>
    public required string Request { get; init; }

    /// <summary>How often it was claimed, orderly hand-backs left out.</summary>
    public int Attempt { get; init; }

    /// <summary>Rises with every claim and never falls: the number under which the owner writes.</summary>
    public long Fencing { get; init; }

    public string? LeaseOwner { get; init; }

    public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>A queued job is not claimed before this.</summary>
    public required DateTimeOffset AvailableAt { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>Set just before the model version is created: from here the job can no longer be cancelled, and a later attempt looks for the version first.</summary>
    public bool Registering { get; init; }

    public double Progress { get; init; }

    public string? Message { get; set; }

    public string? ErrorCode { get; set; }

    public string? RunId { get; init; }

    public int? ModelVersion { get; init; }

    public Guid? PromotionId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; set; }
}
