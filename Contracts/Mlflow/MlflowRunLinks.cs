namespace Slipway.Contracts.Mlflow;

/// <summary>What a run has read: datasets and models.</summary>
public sealed record MlflowRunInputs
{
    /// <summary>Datasets, each with what it was used for.</summary>
    public IReadOnlyList<MlflowDatasetInput> DatasetInputs { get; set; } = [];

    /// <summary>Logged models.</summary>
    public IReadOnlyList<MlflowModelInput> ModelInputs { get; set; } = [];
}

/// <summary>What a run has made: models.</summary>
public sealed record MlflowRunOutputs
{
    /// <summary>Logged models, each with the step at which it was made.</summary>
    public IReadOnlyList<MlflowModelOutput> ModelOutputs { get; set; } = [];
}

/// <summary>A dataset that a run has read.</summary>
public sealed record MlflowDatasetInput
{
    /// <summary>Such as <c>mlflow.data.context</c>: training, validation, test.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];

    /// <summary>The dataset.</summary>
    public required MlflowDataset Dataset { get; init; }
}

/// <summary>A dataset: known in its experiment by name and digest.</summary>
public sealed record MlflowDataset
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>A digest of the content, made by the client.</summary>
    public required string Digest { get; init; }

    /// <summary>The kind of <see cref="Source"/>, such as <c>local</c> or <c>http</c>.</summary>
    public required string SourceType { get; init; }

    /// <summary>Where the data came from, as JSON.</summary>
    public required string Source { get; init; }

    /// <summary>Its columns, as JSON.</summary>
    public string? Schema { get; init; }

    /// <summary>Numbers about it, as JSON.</summary>
    public string? Profile { get; init; }
}

/// <summary>A dataset of an experiment, in short.</summary>
public sealed record MlflowDatasetSummary(string ExperimentId, string Name, string Digest, string? Context);

/// <summary>A logged model that a run has read.</summary>
public sealed record MlflowModelInput(string ModelId);

/// <summary>A logged model that a run has made.</summary>
public sealed record MlflowModelOutput(string ModelId, long Step);
