using System.Globalization;
using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>A metric of the version's run must lie within the policy's bounds.</summary>
internal sealed class MetricThresholdGate : IGate
{
    public string Name => GateNames.MetricThreshold;

    public GateResult Evaluate(GatePolicy policy, PromotionFacts facts)
    {
        var metric = policy.Metric!;
        if (!facts.Candidate!.Metrics.TryGetValue(metric, out var value))
        {
            return Verdict.Failed(Name, $"The run of version {facts.Candidate.Version} has no metric '{metric}'.");
        }
        var detail = string.Create(CultureInfo.InvariantCulture, $"{metric} {value:G6}, wanted {Bounds.Text(policy)}.");
        return Verdict.Of(Name, Bounds.Contain(policy, value), detail, ("value", value), ("min", policy.Min), ("max", policy.Max));
    }
}
