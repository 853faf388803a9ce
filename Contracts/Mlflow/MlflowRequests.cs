namespace Slipway.Contracts.Mlflow;

/// <summary><c>POST experiments/create</c>.</summary>
public sealed record CreateExperimentRequest(string Name);

/// <summary><c>POST runs/create</c>.</summary>
public sealed record CreateRunRequest
{
    /// <summary>The experiment.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>The name shown to people; generated when absent.</summary>
    public string? RunName { get; init; }

    /// <summary>Unix time in milliseconds; the server's clock when absent.</summary>
    public long? StartTime { get; init; }

    /// <summary>Tags to begin with.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];
}

/// <summary><c>POST runs/update</c>.</summary>
public sealed record UpdateRunRequest(string RunId, string Status, long? EndTime);

/// <summary><c>POST runs/log-batch</c>: at most 1000 metrics, 100 params, 100 tags and 1000 in sum.</summary>
public sealed record LogBatchRequest
{
    /// <summary>The most metrics, and the most items in sum, of one request.</summary>
    public const int MaxItems = 1000;

    /// <summary>The most params, and the most tags, of one request.</summary>
    public const int MaxPairs = 100;

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>Points of metrics.</summary>
    public IReadOnlyList<MlflowMetric> Metrics { get; set; } = [];

    /// <summary>Params.</summary>
    public IReadOnlyList<MlflowKeyValue> Params { get; set; } = [];

    /// <summary>Tags.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];
}

/// <summary><c>POST runs/set-tag</c>.</summary>
public sealed record SetRunTagRequest(string RunId, string Key, string Value);

/// <summary><c>POST runs/log-model</c>: the MLmodel file as JSON.</summary>
public sealed record LogModelRequest(string RunId, string ModelJson);

/// <summary><c>POST runs/search</c>.</summary>
public sealed record SearchRunsRequest
{
    /// <summary>Where to look.</summary>
    public required IReadOnlyList<string> ExperimentIds { get; init; }

    /// <summary>MLflow's filter grammar, such as <c>metrics.mae &lt; 40 and tags.team = 'bikes'</c>.</summary>
    public string? Filter { get; init; }

    /// <summary>Such as <c>metrics.mae ASC</c>.</summary>
    public IReadOnlyList<string> OrderBy { get; set; } = [];

    /// <summary>Page size, at most 50000.</summary>
    public int MaxResults { get; set; } = 1000;

    /// <summary>From the page before.</summary>
    public string? PageToken { get; init; }
}

/// <summary><c>POST registered-models/create</c>.</summary>
public sealed record CreateRegisteredModelRequest(string Name);

/// <summary><c>POST model-versions/create</c>.</summary>
public sealed record CreateModelVersionRequest
{
    /// <summary>The registered model.</summary>
    public required string Name { get; init; }

    /// <summary><c>mlflow-artifacts:/…</c>, <c>runs:/id/path</c> or <c>models:/name/version</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The run that made it.</summary>
    public string? RunId { get; init; }

    /// <summary>Tags to begin with.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];
}

/// <summary><c>POST registered-models/alias</c>.</summary>
public sealed record SetAliasRequest(string Name, string Alias, string Version);
