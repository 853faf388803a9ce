using Slipway.Contracts.Registry;
using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>The model must be small enough: in memory as the vetting process measured it, and on disk.</summary>
internal sealed class MemoryBudgetGate : BudgetGate
{
    public override string Name => GateNames.MemoryBudget;

    protected override IEnumerable<Budget> Budgets(GatePolicy policy, VettingReport? report) =>
        [
            new("peakMemoryBytes", "peak memory", "bytes", report?.PeakMemoryBytes, policy.MaxPeakMemoryBytes),
            new("sizeBytes", "size", "bytes", report?.SizeBytes, policy.MaxSizeBytes),
        ];
}
