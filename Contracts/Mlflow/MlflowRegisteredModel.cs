namespace Slipway.Contracts.Mlflow;

/// <summary>A registered model: a name with numbered versions.</summary>
public sealed record MlflowRegisteredModel
{
    /// <summary>Unique.</summary>
    public required string Name { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long CreationTimestamp { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long LastUpdatedTimestamp { get; init; }

    /// <summary>Who made it.</summary>
    public string? UserId { get; init; }

    /// <summary>Text for people.</summary>
    public string? Description { get; init; }

    /// <summary>A job elsewhere that deploys new versions.</summary>
    public string? DeploymentJobId { get; init; }

    /// <summary>The newest version of each stage.</summary>
    public IReadOnlyList<MlflowModelVersion> LatestVersions { get; set; } = [];

    /// <summary>Its tags.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];

    /// <summary>Its aliases.</summary>
    public IReadOnlyList<MlflowAlias> Aliases { get; set; } = [];
}

/// <summary>A movable name of one version.</summary>
public sealed record MlflowAlias(string Alias, string Version);

/// <summary>A version of a registered model.</summary>
public sealed record MlflowModelVersion
{
    /// <summary>The registered model.</summary>
    public required string Name { get; init; }

    /// <summary>A decimal number from 1.</summary>
    public required string Version { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long CreationTimestamp { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long LastUpdatedTimestamp { get; init; }

    /// <summary>Who made it.</summary>
    public string? UserId { get; init; }

    /// <summary><c>None</c>, <c>Staging</c>, <c>Production</c> or <c>Archived</c>.</summary>
    public string CurrentStage { get; set; } = "None";

    /// <summary>Text for people.</summary>
    public string Description { get; set; } = "";

    /// <summary>Where its files came from, as the client wrote it.</summary>
    public string Source { get; set; } = "";

    /// <summary>The run that made it.</summary>
    public string? RunId { get; init; }

    /// <summary>The logged model that it is.</summary>
    public string? ModelId { get; init; }

    /// <summary><c>READY</c>, <c>PENDING_REGISTRATION</c> or <c>FAILED_REGISTRATION</c>.</summary>
    public string Status { get; set; } = "READY";

    /// <summary>Why it is not ready.</summary>
    public string? StatusMessage { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<MlflowKeyValue> Tags { get; set; } = [];

    /// <summary>A link to the run in another tracking server.</summary>
    public string RunLink { get; set; } = "";

    /// <summary>Aliases that name this version.</summary>
    public IReadOnlyList<string> Aliases { get; set; } = [];
}
