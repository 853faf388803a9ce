namespace Slipway.Contracts.Registry;

/// <summary>
/// An environment and what it asks of a version before that may move there: configuration <c>Registry:Environments</c> (in order), <c>GET
/// /api/v1/environments</c>, and for one model <c>PUT /api/v1/models/{name}/policies/{environment}</c>.
/// </summary>
public sealed record EnvironmentPolicy
{
    /// <summary>The environment, and the alias that names its version.</summary>
    public string Name { get; set; } = "";

    /// <summary>MLflow's stage that shows it: <c>None</c>, <c>Staging</c> or <c>Production</c>.</summary>
    public string Stage { get; set; } = "None";

    /// <summary>Further aliases that move along with the environment's own.</summary>
    public IReadOnlyList<string> Aliases { get; set; } = [];

    /// <summary>Whether the environment's aliases and stage move by promotions alone: MLflow's calls are then refused. Approvals imply it.</summary>
    public bool Protected { get; set; }

    /// <summary>The environment that a version must have held before it may come here; null for any.</summary>
    public string? From { get; set; }

    /// <summary>The gates; null for the usual ones. That a version is vetted is asked in any case.</summary>
    public IReadOnlyList<GatePolicy>? Gates { get; set; }

    /// <summary>How many people must approve; 0 for none.</summary>
    public int Approvals { get; set; }

    /// <summary>Who may approve, where access control is on: <c>approver</c>, which includes admins of the model, or <c>admin</c> for those alone.</summary>
    public string ApproverRole { get; set; } = "approver";

    /// <summary>Whether the one who asks may be one of those who approve. False means four eyes.</summary>
    public bool RequesterMayApprove { get; set; }

    /// <summary>Hours after which an undecided request expires.</summary>
    public double ExpiryHours { get; set; } = 168;

    /// <summary>Whether only promotions may move the environment's aliases and stage.</summary>
    public bool MovesByPromotionOnly() => Protected || Approvals > 0;
}
