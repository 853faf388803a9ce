namespace Slipway.Contracts.Training;

/// <summary>
/// Names of run metrics and tags that one service writes and another reads: training logs them, the registry's promotion gate compares them.
/// Evaluation metrics are logged under their bare names (<c>mae</c>, <c>rmse</c>, <c>r2</c>, <c>accuracy</c>, <c>logloss</c>, <c>auc</c>).
/// </summary>
public static class RunNames
{
    /// <summary>Prefix of a metric of the version that held production when the run was evaluated, on the same rows as the run's own metric.</summary>
    public const string IncumbentMetricPrefix = "incumbent_";

    /// <summary>Run tag: the production version that <see cref="IncumbentMetricPrefix"/> speaks of.</summary>
    public const string IncumbentVersionTag = "slipway.incumbent_version";

    /// <summary>Run tag: the training job.</summary>
    public const string JobTag = "slipway.job_id";

    /// <summary>Run tag: why the job was made.</summary>
    public const string ReasonTag = "slipway.reason";

    /// <summary>Metrics for which less is better, in the order in which a gate looks for them.</summary>
    public static IReadOnlyList<string> LowerIsBetter { get; } = ["mae", "rmse", "logloss"];

    /// <summary>Metrics for which more is better, in the order in which a gate looks for them.</summary>
    public static IReadOnlyList<string> HigherIsBetter { get; } = ["auc", "accuracy", "r2"];
}
