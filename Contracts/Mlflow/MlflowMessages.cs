namespace Slipway.Contracts.Mlflow;

/// <summary>A key with its text: a param or a tag of a run, or a tag of any other MLflow object.</summary>
public sealed record MlflowKeyValue(string Key, string Value);

/// <summary>One point of a metric. Infinities are stored as the largest finite numbers, NaN is kept.</summary>
public sealed record MlflowMetric
{
    /// <summary>The metric's name.</summary>
    public required string Key { get; init; }

    /// <summary>The value.</summary>
    public required double Value { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public required long Timestamp { get; init; }

    /// <summary>The training step, from 0.</summary>
    public long Step { get; init; }

    /// <summary>The run, where points of several runs are listed together.</summary>
    public string? RunId { get; init; }

    /// <summary>The logged model that the point belongs to as well.</summary>
    public string? ModelId { get; init; }

    /// <summary>The dataset that the model was measured on.</summary>
    public string? DatasetName { get; init; }

    /// <summary>The digest of that dataset.</summary>
    public string? DatasetDigest { get; init; }
}

/// <summary>An experiment: a named group of runs.</summary>
public sealed record MlflowExperiment
{
    /// <summary>A decimal number.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>Unique among active and deleted experiments.</summary>
    public required string Name { get; init; }

    /// <summary>Where its runs' artifacts lie.</summary>
    public string ArtifactLocation { get; set; } = "";

    /// <summary><c>active</c> or <c>deleted</c>.</summary>
    public string LifecycleStage { get; set; } = "active";

    /// <summary>Unix time in milliseconds.</summary>
    public long LastUpdateTime { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long CreationTime { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];
}

/// <summary>A file or folder of an artifact listing.</summary>
public sealed record MlflowFileInfo
{
    /// <summary>Relative to the run's artifact root (runs), or the bare name (artifact proxy).</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is a folder.</summary>
    public bool IsDir { get; init; }

    /// <summary>Size in bytes, of files.</summary>
    public long? FileSize { get; init; }
}
