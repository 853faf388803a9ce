namespace Aspire.Hosting.Servers;

/// <summary>What was found: a plan, or the reasons why there is none.</summary>
internal sealed record ServerChoice(ServerPlan? Plan, IReadOnlyList<string> Reasons)
{
    /// <summary>Whether the settings say to do without.</summary>
    public bool IsUnwanted { get; init; }

    public static ServerChoice Of(ServerPlan plan) => new(plan, []);
}
