namespace Slipway.Contracts.Messages;

/// <summary>
/// Asks for a new version of a model, on newer data. Training takes trainer, target and parameters from the last successful job of that model, so
/// the sender needs to know only where the new rows are. Sent until a job with this <see cref="Id"/> is seen; training creates one job an id.
/// </summary>
public sealed record TrainModel
{
    /// <summary>Identifies the request; becomes the job's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The registered model to train anew.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// The version that answered the new rows and lost accuracy on them; training starts from the job that made it, and holds out rows that came
    /// after its data. Null for the last successful job of the model.
    /// </summary>
    public int? Version { get; init; }

    /// <summary>Where the new labelled rows are, e.g. <c>predictions:/{endpoint}?from=…&amp;to=…</c> (see <see cref="Training.TrainingJobRequest.Datasets"/>).</summary>
    public required string Dataset { get; init; }

    /// <summary>True to train on the last job's data followed by the new rows; false for the new rows alone.</summary>
    public bool AppendToPrevious { get; set; } = true;

    /// <summary>The environment to ask promotion to once the version is vetted, or null.</summary>
    public string? PromoteTo { get; init; }

    /// <summary>Why, in words: it becomes a tag of the run.</summary>
    public required string Reason { get; init; }

    /// <summary>The version of this message's shape.</summary>
    public int SchemaVersion { get; set; } = 1;
}
