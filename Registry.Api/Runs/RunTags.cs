namespace Slipway.Registry.Api.Runs;

/// <summary>Run tags with a meaning of their own.</summary>
internal static class RunTags
{
    /// <summary>The same text as the run's name, in both directions.</summary>
    public const string RunName = "mlflow.runName";

    /// <summary>A JSON list of the MLmodel files that the run has logged.</summary>
    public const string ModelHistory = "mlflow.log-model.history";
}
