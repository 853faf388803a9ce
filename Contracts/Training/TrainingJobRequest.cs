namespace Slipway.Contracts.Training;

/// <summary><c>POST /api/v1/jobs</c>: train a model on tabular data and register it.</summary>
public sealed record TrainingJobRequest
{
    /// <summary>
    /// Where the rows are; several are read one after the other and must have the same columns. <c>mlflow-artifacts:/path.csv</c> is a file in the
    /// registry's artifact store; <c>predictions:/{endpoint}?from={time}&amp;to={time}</c> is the endpoint's logged predictions with their outcomes,
    /// from the monitoring service. No other address is fetched.
    /// </summary>
    public required IReadOnlyList<string> Datasets { get; init; }

    /// <summary>The column to predict.</summary>
    public required string Target { get; init; }

    /// <summary><c>gbdt</c> or <c>linear</c>.</summary>
    public required string Trainer { get; init; }

    /// <summary><c>regression</c>, <c>classification</c>, or null to decide from the target column.</summary>
    public string? Task { get; init; }

    /// <summary>The trainer's parameters, by name.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; set; } = new Dictionary<string, string>();

    /// <summary>The model name to register the result under.</summary>
    public required string ModelName { get; init; }

    /// <summary>The MLflow experiment of the run; by default the model's name.</summary>
    public string? Experiment { get; init; }

    /// <summary>The environment to ask promotion to, once registered.</summary>
    public string? PromoteTo { get; init; }

    /// <summary>Why the job was made; a tag of the run.</summary>
    public string? Reason { get; init; }
}

/// <summary><c>GET /api/v1/jobs/{id}</c>: a job and how far it has come.</summary>
public sealed record TrainingJob
{
    /// <summary>The job's id.</summary>
    public required Guid Id { get; init; }

    /// <summary><c>queued</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What was asked for.</summary>
    public required TrainingJobRequest Request { get; init; }

    /// <summary>From 0 to 1.</summary>
    public double Progress { get; init; }

    /// <summary>The step it is at, or why it failed.</summary>
    public string? Message { get; init; }

    /// <summary>A stable code of the failure.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The MLflow run.</summary>
    public string? RunId { get; init; }

    /// <summary>The version that was registered.</summary>
    public int? ModelVersion { get; init; }

    /// <summary>The promotion that was asked for.</summary>
    public Guid? PromotionId { get; init; }

    /// <summary>How often it was started; above 1 after a worker died.</summary>
    public int Attempt { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was first started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>A page of jobs, newest first.</summary>
public sealed record TrainingJobPage(IReadOnlyList<TrainingJob> Jobs, string? NextPageToken);

/// <summary>The last lines of a job's log.</summary>
public sealed record TrainingJobLog(IReadOnlyList<string> Lines);
