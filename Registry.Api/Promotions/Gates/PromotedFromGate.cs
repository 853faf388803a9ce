using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>The version must have held the environment before this one. Asked by the policy's <c>from</c> and not by a gate of its own.</summary>
internal static class PromotedFromGate
{
    public static GateResult Evaluate(string from, PromotionFacts facts) =>
        facts.HasHeldFrom
            ? Verdict.Passed(GateNames.PromotedFrom, $"Version {facts.Candidate!.Version} has held {from}.")
            : Verdict.Failed(
                GateNames.PromotedFrom,
                $"Version {facts.Candidate!.Version} has never held {from}, which comes before {facts.Environment}. Promote it there first."
            );
}
