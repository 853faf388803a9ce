namespace Slipway.Contracts.Messages;

/// <summary>A hint that the registry's serving state has a new revision; inference replicas pull it at once instead of at their next pass.</summary>
public sealed record ServingStateChanged
{
    /// <summary>Identifies this message.</summary>
    public required Guid Id { get; init; }

    /// <summary>When the state changed.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The new revision.</summary>
    public required long Revision { get; init; }

    /// <summary>The version of this message's shape.</summary>
    public int SchemaVersion { get; set; } = 1;
}
