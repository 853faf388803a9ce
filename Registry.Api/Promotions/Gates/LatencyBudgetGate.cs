using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>A run on the example must be fast enough, as the vetting process measured it.</summary>
internal sealed class LatencyBudgetGate : BudgetGate
{
    public override string Name => GateNames.LatencyBudget;

    protected override IEnumerable<Budget> Budgets(GatePolicy policy, VettingReport? report) =>
        [
            new("latencyMsP50", "median latency", "ms", report?.LatencyMsP50, policy.MaxLatencyMsP50),
            new("latencyMsP99", "99th percentile of latency", "ms", report?.LatencyMsP99, policy.MaxLatencyMsP99),
        ];
}
