namespace Slipway.Contracts.Mlflow;

/// <summary>A run: one execution of training code, with what it logged.</summary>
public sealed record MlflowRun
{
    /// <summary>Identity, status and times.</summary>
    public required MlflowRunInfo Info { get; init; }

    /// <summary>What was logged.</summary>
    public MlflowRunData Data { get; set; } = new();

    /// <summary>Present even when empty, as MLflow's clients expect.</summary>
    public MlflowRunInputs Inputs { get; set; } = new();

    /// <summary>The models that the run made; null where there are none.</summary>
    public MlflowRunOutputs? Outputs { get; init; }
}

/// <summary>Identity, status and times of a run.</summary>
public sealed record MlflowRunInfo
{
    /// <summary>32 lower-case hexadecimal digits.</summary>
    public required string RunId { get; init; }

    /// <summary>The same as <see cref="RunId"/>; older clients read it.</summary>
    public string RunUuid { get; set; } = "";

    /// <summary>The name shown to people.</summary>
    public string RunName { get; set; } = "";

    /// <summary>The experiment.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>Who started it.</summary>
    public string UserId { get; set; } = "";

    /// <summary>One of <see cref="MlflowRunStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long StartTime { get; init; }

    /// <summary>Unix time in milliseconds, once ended.</summary>
    public long? EndTime { get; init; }

    /// <summary>Where its artifacts lie (<c>mlflow-artifacts:/…</c>).</summary>
    public string ArtifactUri { get; set; } = "";

    /// <summary><c>active</c> or <c>deleted</c>.</summary>
    public string LifecycleStage { get; set; } = "active";
}

/// <summary>The last value of each metric, the params and the tags of a run.</summary>
public sealed record MlflowRunData
{
    /// <summary>The last point of each metric.</summary>
    public IReadOnlyList<MlflowMetric> Metrics { get; set; } = [];

    /// <summary>Parameters: written once.</summary>
    public IReadOnlyList<MlflowKeyValue> Params { get; set; } = [];

    /// <summary>Tags: may be overwritten.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];
}

/// <summary>The states of a run.</summary>
public static class MlflowRunStatus
{
    /// <summary>It is at work.</summary>
    public const string Running = "RUNNING";

    /// <summary>It will start.</summary>
    public const string Scheduled = "SCHEDULED";

    /// <summary>It ended well.</summary>
    public const string Finished = "FINISHED";

    /// <summary>It ended badly.</summary>
    public const string Failed = "FAILED";

    /// <summary>It was stopped.</summary>
    public const string Killed = "KILLED";

    /// <summary>All, in the order of MLflow's enumeration (which begins at 1).</summary>
    public static IReadOnlyList<string> All { get; } = [Running, Scheduled, Finished, Failed, Killed];
}
