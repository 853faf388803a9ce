namespace Slipway.Contracts.Mlflow;

/// <summary>What every refusal of MLflow's API looks like.</summary>
public sealed record MlflowError(string ErrorCode, string Message);

/// <summary>An answer without content: <c>{}</c>.</summary>
public sealed record MlflowEmpty;

/// <summary>Answer of <c>experiments/create</c>.</summary>
public sealed record ExperimentCreated(string ExperimentId);

/// <summary>Answer of <c>experiments/get</c> and <c>get-by-name</c>.</summary>
public sealed record ExperimentAnswer(MlflowExperiment Experiment);

/// <summary>Answer of <c>experiments/search</c>.</summary>
public sealed record ExperimentPage(IReadOnlyList<MlflowExperiment> Experiments, string? NextPageToken)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowExperiment> Experiments { get; } = Experiments ?? [];
}

/// <summary>Answer of <c>runs/create</c> and <c>runs/get</c>.</summary>
public sealed record RunAnswer(MlflowRun Run);

/// <summary>Answer of <c>runs/update</c>.</summary>
public sealed record RunInfoAnswer(MlflowRunInfo RunInfo);

/// <summary>Answer of <c>runs/search</c>.</summary>
public sealed record RunPage(IReadOnlyList<MlflowRun> Runs, string? NextPageToken)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowRun> Runs { get; } = Runs ?? [];
}

/// <summary>Answer of <c>metrics/get-history</c>.</summary>
public sealed record MetricPage(IReadOnlyList<MlflowMetric> Metrics, string? NextPageToken)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowMetric> Metrics { get; } = Metrics ?? [];
}

/// <summary>Answer of <c>experiments/search-datasets</c>.</summary>
public sealed record DatasetSummaryPage(IReadOnlyList<MlflowDatasetSummary> DatasetSummaries)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowDatasetSummary> DatasetSummaries { get; } = DatasetSummaries ?? [];
}

/// <summary>Answer of <c>logged-models</c>, for one model.</summary>
public sealed record LoggedModelAnswer(MlflowLoggedModel Model);

/// <summary>Answer of <c>logged-models/search</c>.</summary>
public sealed record LoggedModelPage(IReadOnlyList<MlflowLoggedModel> Models, string? NextPageToken)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowLoggedModel> Models { get; } = Models ?? [];
}

/// <summary>Answer of <c>mlflow/server-info</c>: what a client may expect of this server.</summary>
public sealed record ServerInfo(string StoreType, bool WorkspacesEnabled);

/// <summary>Answer of <c>artifacts/list</c> (with the root) and of the artifact proxy (without).</summary>
public sealed record ArtifactPage(string? RootUri, IReadOnlyList<MlflowFileInfo> Files, string? NextPageToken = null)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowFileInfo> Files { get; } = Files ?? [];
}

/// <summary>Answer of <c>registered-models/create</c>, <c>get</c>, <c>update</c> and <c>rename</c>.</summary>
public sealed record RegisteredModelAnswer(MlflowRegisteredModel RegisteredModel);

/// <summary>Answer of <c>registered-models/search</c>.</summary>
public sealed record RegisteredModelPage(IReadOnlyList<MlflowRegisteredModel> RegisteredModels, string? NextPageToken)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowRegisteredModel> RegisteredModels { get; } = RegisteredModels ?? [];
}

/// <summary>Answer of <c>model-versions/create</c>, <c>get</c>, <c>update</c>, <c>transition-stage</c> and <c>registered-models/alias</c>.</summary>
public sealed record ModelVersionAnswer(MlflowModelVersion ModelVersion);

/// <summary>Answer of <c>model-versions/search</c> and <c>registered-models/get-latest-versions</c>.</summary>
public sealed record ModelVersionPage(IReadOnlyList<MlflowModelVersion> ModelVersions, string? NextPageToken)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowModelVersion> ModelVersions { get; } = ModelVersions ?? [];
}

/// <summary>Answer of <c>model-versions/get-download-uri</c>.</summary>
public sealed record DownloadUriAnswer(string ArtifactUri);
