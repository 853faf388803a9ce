using System.Globalization;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>Holds what the examination measured against the policy's greatest values. What was not measured does not pass.</summary>
internal abstract class BudgetGate : IGate
{
    public abstract string Name { get; }

    public GateResult Evaluate(GatePolicy policy, PromotionFacts facts)
    {
        var asked = Budgets(policy, facts.Candidate!.Report).Where(b => b.Limit is not null).ToList();
        var over = asked.Where(b => !(b.Measured <= b.Limit)).ToList();
        var detail = string.Join(
            ", ",
            (over.Count > 0 ? over : asked).Select(b =>
                b.Measured is { } value
                    ? string.Create(CultureInfo.InvariantCulture, $"{b.What} {value:0.###} of at most {b.Limit:0.###} {b.Unit}")
                    : $"{b.What} was not measured (a model without an example is not run)"
            )
        );
        return Verdict.Of(Name, over.Count == 0, $"{detail}.", [.. asked.Select(b => (b.Key, b.Measured))]);
    }

    protected abstract IEnumerable<Budget> Budgets(GatePolicy policy, VettingReport? report);

    protected sealed record Budget(string Key, string What, string Unit, double? Measured, double? Limit);
}
