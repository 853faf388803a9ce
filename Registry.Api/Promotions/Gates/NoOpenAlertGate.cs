using Slipway.Contracts.Registry;

namespace Slipway.Registry.Api.Promotions.Gates;

/// <summary>
/// Monitoring must have no open alert on the version itself. An alert on the incumbent is no obstacle: a better version is what ends it. While monitoring is
/// away the gate waits.
/// </summary>
internal sealed class NoOpenAlertGate : IGate
{
    public string Name => GateNames.NoOpenAlert;

    public GateResult Evaluate(GatePolicy policy, PromotionFacts facts) =>
        facts.Alerts switch
        {
            null => Verdict.Pending(Name, "Monitoring is still to be asked."),
            { Problem: { } problem } => Verdict.Pending(Name, $"It is not known whether there are open alerts: {problem}"),
            { Messages: [var first, ..] messages } => Verdict.Failed(
                Name,
                $"Monitoring has {messages.Count} open alert(s) on version {facts.Candidate!.Version}: {first}",
                ("openAlerts", messages.Count)
            ),
            _ => Verdict.Passed(Name, $"Monitoring has no open alert on version {facts.Candidate!.Version}.", ("openAlerts", 0)),
        };
}
