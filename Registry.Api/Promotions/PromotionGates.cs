using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions;

/// <summary>Decides which gates a promotion has to pass, and what each says. Pure: facts in, verdicts out.</summary>
internal static class PromotionGates
{
    public static IReadOnlyList<GateResult> Evaluate(PromotionFacts facts)
    {
        var gates = new List<GateResult> { Vetted(facts) };
        var decided = gates[0].Status != GateStatus.Pending && facts.Candidate is not null;
        if (facts.Incumbent is not null)
        {
            gates.Add(decided ? SignatureGate.Evaluate(facts.Candidate!, facts.Incumbent) : Waiting(SignatureGate.Name));
        }
        if (facts.Environment == Environments.Production)
        {
            gates.Add(decided ? MetricGate.Evaluate(facts) : Waiting(MetricGate.Name));
        }
        return gates;
    }

    /// <summary>Pending while any gate is and none has failed.</summary>
    public static string Decide(IReadOnlyList<GateResult> gates) =>
        gates.Any(g => g.Status == GateStatus.Failed) ? PromotionStatus.Rejected
        : gates.All(g => g.Status == GateStatus.Passed) ? PromotionStatus.Promoted
        : PromotionStatus.Pending;

    private static GateResult Vetted(PromotionFacts facts)
    {
        const string name = "vetted";
        if (facts.Candidate is not { } candidate)
        {
            return new GateResult(name, GateStatus.Failed, "The version does not exist any more.");
        }
        return candidate.VettingStatus switch
        {
            Vetting.VettingStatus.Passed => new GateResult(name, GateStatus.Passed, "The version passed vetting."),
            Vetting.VettingStatus.Pending => new GateResult(name, GateStatus.Pending, "The version is still being vetted."),
            _ => new GateResult(name, GateStatus.Failed, $"The version failed vetting: {Problem(candidate)}"),
        };
    }

    private static string Problem(VersionFacts candidate) =>
        candidate.Report?.Problems is [var first, ..] ? $"{first.Code}: {first.Message}" : "without a reason.";

    private static GateResult Waiting(string name) => new(name, GateStatus.Pending, "Looked at once the version is vetted.");
}
