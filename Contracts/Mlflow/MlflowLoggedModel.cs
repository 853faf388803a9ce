namespace Slipway.Contracts.Mlflow;

/// <summary>A model as MLflow 3 logs it: an object of its own beside the run, which a registered version may come from.</summary>
public sealed record MlflowLoggedModel
{
    /// <summary>Identity, status and tags.</summary>
    public required MlflowLoggedModelInfo Info { get; init; }

    /// <summary>Params and metrics.</summary>
    public MlflowLoggedModelData Data { get; set; } = new();
}

/// <summary>Identity, status and tags of a logged model.</summary>
public sealed record MlflowLoggedModelInfo
{
    /// <summary><c>m-</c> and 32 lower-case hexadecimal digits.</summary>
    public required string ModelId { get; init; }

    /// <summary>The experiment.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>The name shown to people; not unique.</summary>
    public required string Name { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long CreationTimestampMs { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long LastUpdatedTimestampMs { get; init; }

    /// <summary>Where its files lie (<c>mlflow-artifacts:/…</c>).</summary>
    public required string ArtifactUri { get; init; }

    /// <summary>One of <see cref="MlflowLoggedModelStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Free text, such as <c>Agent</c>.</summary>
    public string? ModelType { get; init; }

    /// <summary>The run that made it.</summary>
    public string? SourceRunId { get; init; }

    /// <summary>Why it failed, where it did.</summary>
    public string? StatusMessage { get; init; }

    /// <summary>Tags: may be overwritten.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];
}

/// <summary>Params and metrics of a logged model.</summary>
public sealed record MlflowLoggedModelData
{
    /// <summary>Params: written once.</summary>
    public IReadOnlyList<MlflowKeyValue> Params { get; set; } = [];

    /// <summary>Every point that was logged with this model's id, in the order of key, time and step.</summary>
    public IReadOnlyList<MlflowMetric> Metrics { get; set; } = [];
}

/// <summary>The states of a logged model.</summary>
public static class MlflowLoggedModelStatus
{
    /// <summary>Its files are being uploaded.</summary>
    public const string Pending = "LOGGED_MODEL_PENDING";

    /// <summary>All, in the order of MLflow's enumeration (which begins at 0).</summary>
    public static IReadOnlyList<string> All { get; } =
    ["LOGGED_MODEL_STATUS_UNSPECIFIED", Pending, "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];
}
