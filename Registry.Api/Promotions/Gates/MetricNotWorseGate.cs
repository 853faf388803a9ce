using System.Globalization;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>
/// The candidate must not be worse than the incumbent by more than the tolerance. Best its run has both versions' results row by row: a paired test then
/// tells a difference from chance. Otherwise the two numbers are compared, best those measured on the same rows.
/// </summary>
internal sealed class MetricNotWorseGate : IGate
{
    public string Name => GateNames.MetricNotWorse;

    public GateResult Evaluate(GatePolicy policy, PromotionFacts facts)
    {
        var candidate = facts.Candidate!;
        if (facts.Incumbent is not { } incumbent)
        {
            return Verdict.Passed(Name, $"No version holds {facts.Environment}: there is nothing to compare with.");
        }
        if (incumbent.Version == candidate.Version)
        {
            return Verdict.Passed(Name, $"Version {candidate.Version} holds {facts.Environment} already.");
        }
        // What the policy leaves open the request may choose.
        var metric = policy.Metric ?? facts.Metric ?? MetricNames.InOrder.FirstOrDefault(candidate.Metrics.ContainsKey);
        if (metric is null)
        {
            return Verdict.Failed(
                Name,
                $"The run of version {candidate.Version} has none of the metrics {string.Join(", ", MetricNames.InOrder)} to compare."
            );
        }
        var tolerance = policy.Tolerance ?? facts.Tolerance;
        if (PairedComparison.TryMake(candidate, incumbent.Version, metric, tolerance) is { } paired)
        {
            return paired.Judge(Name, policy);
        }
        if (!candidate.Metrics.TryGetValue(metric, out var value))
        {
            return Verdict.Failed(Name, $"The run of version {candidate.Version} has no metric '{metric}'.");
        }
        return Reference(candidate, incumbent, metric) is { } reference
            ? Compare(policy, metric, value, reference.Value, $"{reference.Origin}{WhyNoTest(candidate)}", tolerance)
            : Verdict.Failed(
                Name,
                $"The run of version {incumbent.Version}, which holds {facts.Environment}, has no metric '{metric}' to compare with."
            );
    }

    private static string WhyNoTest(VersionFacts candidate) =>
        candidate.Rows switch
        {
            null => "; no results by row, so the numbers alone decide",
            { Problem: { } problem } => $"; no test, because {problem.TrimEnd('.')}, so the numbers alone decide",
            _ => "; the results by row do not cover this comparison, so the numbers alone decide",
        };

    private static (double Value, string Origin)? Reference(VersionFacts candidate, VersionFacts incumbent, string metric)
    {
        var number = incumbent.Version.ToString(CultureInfo.InvariantCulture);
        if (candidate.ComparedWith == number && candidate.Metrics.TryGetValue(RunNames.IncumbentMetricPrefix + metric, out var same))
        {
            return (same, $"version {number} on the same data");
        }
        return incumbent.Metrics.TryGetValue(metric, out var own) ? (own, $"version {number} in its own run") : null;
    }

    private GateResult Compare(GatePolicy policy, string metric, double value, double reference, string origin, double tolerance)
    {
        // The request and the policy were checked: the direction is known.
        var lower = MetricNames.LowerIsBetter(metric) ?? true;
        var allowed = reference + (lower ? 1 : -1) * tolerance * Math.Abs(reference);
        var passed = policy.MustBeBetter ? (lower ? value < allowed : value > allowed) : (lower ? value <= allowed : value >= allowed);
        var detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{metric} {value:G6} against {reference:G6} ({origin}); {(lower ? "less" : "more")} is better, tolerance {tolerance * 100:0.##} %."
        );
        return Verdict.Of(Name, passed, detail, ("value", value), ("incumbent", reference), ("tolerance", tolerance));
    }
}
