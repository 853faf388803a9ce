namespace Slipway.Registry.Api.Data;

/// <summary>A registered model. Its row is the lock for everything that moves versions and aliases of the model.</summary>
internal sealed class RegisteredModelRow
{
    public long Id { get; set; }
    public required string Name { get; set; }
    public string? Description { get; set; }
    public string? UserId { get; set; }
    public string? DeploymentJobId { get; set; }

    /// <summary>The highest number ever given out: a deleted version's number is not used again.</summary>
    public int LastVersion { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public List<RegisteredModelTagRow> Tags { get; } = [];
    public List<AliasRow> Aliases { get; } = [];
}

internal sealed class RegisteredModelTagRow
{
    public long ModelId { get; set; }
    public required string Key { get; set; }
    public required string Value { get; set; }
}

/// <summary>An alias; the key (model, alias) is what makes a second owner impossible.</summary>
internal sealed class AliasRow
{
    public long ModelId { get; set; }
    public required string Alias { get; set; }
    public int Version { get; set; }
}

/// <summary>One move of an alias; <see cref="Version"/> is null where it was removed.</summary>
internal sealed class AliasHistoryRow
{
    public long Id { get; set; }
    public long ModelId { get; set; }
    public required string Alias { get; set; }
    public int? Version { get; set; }
    public int? PreviousVersion { get; set; }
    public Guid? PromotionId { get; set; }
    public string? Actor { get; set; }
    public string? Reason { get; set; }
    public DateTimeOffset At { get; set; }
}
