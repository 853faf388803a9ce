using Slipway.Contracts.Training;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Which way a metric is better. A name may have a prefix, as in <c>val_mae</c> or <c>test/auc</c>.</summary>
internal static class MetricNames
{
    public static IEnumerable<string> InOrder => RunNames.LowerIsBetter.Concat(RunNames.HigherIsBetter);

    /// <summary>Null where the name says nothing about it.</summary>
    public static bool? LowerIsBetter(string metric)
    {
        var bare = metric[(metric.LastIndexOfAny(['_', '/', '.']) + 1)..].ToLowerInvariant();
        return RunNames.LowerIsBetter.Contains(bare) ? true
            : RunNames.HigherIsBetter.Contains(bare) ? false
            : null;
    }
}
