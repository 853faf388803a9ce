namespace Slipway.Monitoring.Worker.Storage;

/// <summary>A request for a training job, written together with the decision to make it and sent from here until training knows it.</summary>
internal sealed class RetrainRow
{
    /// <summary>The message's id, and the job's.</summary>
    public required Guid Id { get; init; }

    public required Guid AlertId { get; init; }

    public required string Endpoint { get; init; }

    public required string Model { get; init; }

    public required int Version { get; init; }

    public required string Dataset { get; init; }

    public required bool AppendToPrevious { get; init; }

    public string? PromoteTo { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>End of the last closed window when it was made: the cool-down counts from it.</summary>
    public required DateTimeOffset WindowEnd { get; init; }

    /// <summary>One of <see cref="Retraining.RetrainStates"/>.</summary>
    public required string State { get; set; }

    /// <summary>The job's status as last heard.</summary>
    public string? JobStatus { get; set; }

    public int PublishCount { get; set; }

    /// <summary>When a replica last took it up for publishing: for a while nobody else does.</summary>
    public DateTimeOffset? AttemptedAt { get; set; }
}
