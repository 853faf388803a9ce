namespace Aspire.Hosting.Servers;

/// <summary>What was found: a plan, or the reasons why there is none.</summary>
internal sealed record ServerChoice(ServerPlan? Plan, IReadOnlyList<string> Reasons)
{
    public static ServerChoice Of(ServerPlan plan) => new(plan, []);
}
