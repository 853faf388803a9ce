using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Promotions.Gates;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Asks the gates of a policy, and what their verdicts and the approvals come to. Pure: facts in, verdicts out.</summary>
internal static class PromotionGates
{
    private static readonly Dictionary<string, IGate> s_gates = new IGate[]
    {
        new SignatureGate(),
        new MetricThresholdGate(),
        new MetricNotWorseGate(),
        new FairnessGate(),
        new LatencyBudgetGate(),
        new MemoryBudgetGate(),
        new NoOpenAlertGate(),
        new RequiredTagsGate(),
    }.ToDictionary(gate => gate.Name, StringComparer.Ordinal);

    public static IReadOnlyList<GateResult> Evaluate(EnvironmentPolicy policy, PromotionFacts facts)
    {
        var vetted = VettedGate.Evaluate(facts);
        var gates = new List<GateResult> { vetted };
        // The others look into the report: they wait for it, and are not asked of a version that failed.
        var decided = vetted.Status == GateStatus.Passed;
        if (vetted.Status == GateStatus.Failed)
        {
            return gates;
        }
        if (policy.From is { } from)
        {
            gates.Add(decided ? PromotedFromGate.Evaluate(from, facts) : Waiting(GateNames.PromotedFrom));
        }
        foreach (var gate in (policy.Gates ?? []).Where(gate => gate.Gate != GateNames.Vetted))
        {
            gates.Add(decided ? s_gates[gate.Gate].Evaluate(gate, facts) : Waiting(gate.Gate));
        }
        return gates;
    }

    /// <summary>What the promotion comes to: rejected by one gate that failed, promoted when all passed and enough people approved.</summary>
    public static string Decide(IReadOnlyList<GateResult> gates, int approvals, int approvalsRequired) =>
        gates.Any(g => g.Status == GateStatus.Failed) ? PromotionStatus.Rejected
        : gates.Any(g => g.Status != GateStatus.Passed) ? PromotionStatus.Pending
        : approvals < approvalsRequired ? PromotionStatus.AwaitingApproval
        : PromotionStatus.Promoted;

    private static GateResult Waiting(string name) => Verdict.Pending(name, "Looked at once the version is vetted.");
}
