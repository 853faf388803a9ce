using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>The version must exist and have passed its examination. Asked before every other gate, whatever the policy says.</summary>
internal static class VettedGate
{
    public static GateResult Evaluate(PromotionFacts facts)
    {
        if (facts.Candidate is not { } candidate)
        {
            return Verdict.Failed(GateNames.Vetted, "The version does not exist any more.");
        }
        return candidate.VettingStatus switch
        {
            VettingStatus.Passed => Verdict.Passed(GateNames.Vetted, "The version passed vetting."),
            VettingStatus.Pending => Verdict.Pending(GateNames.Vetted, "The version is still being vetted."),
            _ => Verdict.Failed(GateNames.Vetted, $"The version failed vetting: {Problem(candidate)}"),
        };
    }

    private static string Problem(VersionFacts candidate) =>
        candidate.Report?.Problems is [var first, ..] ? $"{first.Code}: {first.Message}" : "without a reason.";
}
