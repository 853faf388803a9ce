using System.Globalization;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;

namespace Slipway.Registry.Api.Promotions;

/// <summary>
/// The candidate must not be worse than the incumbent by more than the tolerance. Best both were measured on the same rows: the candidate's run then carries the
/// incumbent's value beside its own. Otherwise the incumbent's own run has to do.
/// </summary>
internal static class MetricGate
{
    public const string Name = "metric_not_worse";

    public static GateResult Evaluate(PromotionFacts facts)
    {
        var candidate = facts.Candidate!;
        if (facts.Incumbent is not { } incumbent)
        {
            return Passed($"No version holds {facts.Environment}: there is nothing to compare with.");
        }
        if (incumbent.Version == candidate.Version)
        {
            return Passed($"Version {candidate.Version} holds {facts.Environment} already.");
        }
        var metric = facts.Metric ?? MetricNames.InOrder.FirstOrDefault(candidate.Metrics.ContainsKey);
        if (metric is null)
        {
            return Failed(
                $"The run of version {candidate.Version} has none of the metrics {string.Join(", ", MetricNames.InOrder)} to compare."
            );
        }
        if (!candidate.Metrics.TryGetValue(metric, out var value))
        {
            return Failed($"The run of version {candidate.Version} has no metric '{metric}'.");
        }
        return Reference(candidate, incumbent, metric) is { } reference
            ? Compare(metric, value, reference.Value, reference.Origin, facts.Tolerance)
            : Failed($"The run of version {incumbent.Version}, which holds {facts.Environment}, has no metric '{metric}' to compare with.");
    }

    private static (double Value, string Origin)? Reference(VersionFacts candidate, VersionFacts incumbent, string metric)
    {
        var number = incumbent.Version.ToString(CultureInfo.InvariantCulture);
        if (candidate.ComparedWith == number && candidate.Metrics.TryGetValue(RunNames.IncumbentMetricPrefix + metric, out var same))
        {
            return (same, $"version {number} on the same data");
        }
        return incumbent.Metrics.TryGetValue(metric, out var own) ? (own, $"version {number} in its own run") : null;
    }

    private static GateResult Compare(string metric, double value, double reference, string origin, double tolerance)
    {
        // The request was checked: the direction is known.
        var lower = MetricNames.LowerIsBetter(metric) ?? true;
        var allowed = reference + (lower ? 1 : -1) * tolerance * Math.Abs(reference);
        var better = lower ? value <= allowed : value >= allowed;
        var detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{metric} {value:G6} against {reference:G6} ({origin}); {(lower ? "less" : "more")} is better, tolerance {tolerance * 100:0.##} %."
        );
        return better ? Passed(detail) : Failed(detail);
    }

    private static GateResult Passed(string detail) => new(Name, GateStatus.Passed, detail);

    private static GateResult Failed(string detail) => new(Name, GateStatus.Failed, detail);
}
