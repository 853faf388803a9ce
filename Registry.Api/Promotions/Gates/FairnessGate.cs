using System.Globalization;
using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>
/// A metric must be good enough, and alike, on every slice of the data. A run logs it per slice as <c>metric__slice</c>, as in
/// <c>accuracy__sex:female</c> (MLflow allows no equals sign in a key).
/// </summary>
internal sealed class FairnessGate : IGate
{
    public const string Separator = "__";

    // 0.90 − 0.85 is a little more than 0.05 in binary.
    private const double Rounding = 1e-12;

    public string Name => GateNames.Fairness;

    public GateResult Evaluate(GatePolicy policy, PromotionFacts facts)
    {
        var prefix = policy.Metric + Separator;
        var measured = facts
            .Candidate!.Metrics.Where(m => m.Key.StartsWith(prefix, StringComparison.Ordinal) && m.Key.Length > prefix.Length)
            .ToDictionary(m => m.Key[prefix.Length..], m => m.Value, StringComparer.Ordinal);
        var wanted = policy.Slices is { Count: > 0 } named ? named : [.. measured.Keys.Order(StringComparer.Ordinal)];
        if (wanted.FirstOrDefault(slice => !measured.ContainsKey(slice)) is { } missing)
        {
            return Verdict.Failed(Name, $"The run of version {facts.Candidate.Version} has no metric '{prefix}{missing}'.");
        }
        if (wanted.Count < 2)
        {
            return Verdict.Failed(
                Name,
                $"The run of version {facts.Candidate.Version} has '{policy.Metric}' on {wanted.Count} slices; fairness needs two. Log them as '{prefix}slice'."
            );
        }
        var values = wanted.Select(slice => (Slice: slice, Value: measured[slice])).OrderBy(s => s.Value).ToList();
        var (least, greatest) = (values[0], values[^1]);
        var gap = greatest.Value - least.Value;
        var outside = values.FirstOrDefault(s => !Bounds.Contain(policy, s.Value)).Slice;
        // A NaN makes the gap NaN, which is no gap that passes.
        var passed = outside is null && (policy.MaxGap is not { } limit || gap <= limit + Rounding);
        var detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{policy.Metric} from {least.Value:G6} ({least.Slice}) to {greatest.Value:G6} ({greatest.Slice}) over {values.Count} slices, gap {gap:G6}"
        );
        var rule = policy.MaxGap is { } allowed
            ? string.Create(CultureInfo.InvariantCulture, $"wanted a gap of at most {allowed:G6} and {Bounds.Text(policy)}")
            : $"wanted {Bounds.Text(policy)}";
        return Verdict.Of(
            Name,
            passed,
            outside is null ? $"{detail}; {rule}." : $"{detail}; '{outside}' is out of bounds: {rule}.",
            ("min", least.Value),
            ("max", greatest.Value),
            ("gap", gap),
            ("slices", values.Count)
        );
    }
}
