using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Windows;
using Environments = Slipway.Contracts.Registry.Environments;

namespace Slipway.Monitoring.Worker.Monitors;

/// <summary>Says what is wrong with a monitor's definition.</summary>
internal static class MonitorCheck
{
    private const long MaxWindowSeconds = 366L * 24 * 3600;
    private const int MaxCount = 1_000_000_000;
    private const int MaxWindows = 1_000;

    /// <summary>The field that is wrong and why, or null.</summary>
    public static string? Find(MonitorDefinition monitor) =>
        monitor.WindowSeconds is < 1 or > MaxWindowSeconds ? $"windowSeconds must lie between 1 and {MaxWindowSeconds}."
        : monitor.MinPredictions is < 1 or > MaxCount ? $"minPredictions must lie between 1 and {MaxCount}."
        : monitor.MinOutcomes is < 1 or > MaxCount ? $"minOutcomes must lie between 1 and {MaxCount}."
        : monitor.Metric is { } metric && !MetricNames.Judged.Contains(metric)
            ? $"metric must be one of {string.Join(", ", MetricNames.Judged)}, or left out."
        : !(monitor.MaxLoss is >= 0 and <= 1e6) ? "maxLoss must lie between 0 and 1000000."
        : !(monitor.PsiThreshold is >= 0 and <= 1e3) ? "psiThreshold must lie between 0 and 1000."
        : !(monitor.DriftShare is > 0 and <= 1) ? "driftShare must lie above 0, and be at most 1."
        : monitor.RaiseAfter is < 1 or > MaxWindows ? $"raiseAfter must lie between 1 and {MaxWindows}."
        : monitor.ClearAfter is < 1 or > MaxWindows ? $"clearAfter must lie between 1 and {MaxWindows}."
        : monitor.Retrain is { } retrain ? Find(retrain)
        : null;

    private static string? Find(RetrainPolicy retrain) =>
        retrain.CooldownWindows is < 0 or > MaxWindows ? $"retrain.cooldownWindows must lie between 0 and {MaxWindows}."
        : retrain.PromoteTo is { } environment && !Environments.All.Contains(environment)
            ? $"retrain.promoteTo must be one of {string.Join(", ", Environments.All)}, or null."
        : null;
}
