namespace Slipway.Monitoring.Worker.Windows;

/// <summary>Names of the metrics of a window, as training logs them.</summary>
internal static class MetricNames
{
    public const string MeanAbsoluteError = "mae";

    public const string RootMeanSquaredError = "rmse";

    public const string MeanError = "mean_error";

    public const string Accuracy = "accuracy";

    /// <summary>Those that a monitor can judge.</summary>
    public static IReadOnlyList<string> Judged { get; } = [MeanAbsoluteError, RootMeanSquaredError, Accuracy];
}
