namespace Slipway.Contracts.Registry;

/// <summary><c>GET /api/v1/models/{name}/aliases/{alias}/history</c>: newest first; <c>?limit=</c> (default 100, at most 200), <c>?pageToken=</c>.</summary>
public sealed record AliasHistoryPage(IReadOnlyList<AliasMoved> Moves, string? NextPageToken = null);

/// <summary>A move of an alias, by a promotion or by a plain call.</summary>
public sealed record AliasMoved
{
    /// <summary>The alias.</summary>
    public required string Alias { get; init; }

    /// <summary>When it moved.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The version it names since then; null where it was removed.</summary>
    public int? Version { get; init; }

    /// <summary>The version it named before; null where there was no such alias.</summary>
    public int? PreviousVersion { get; init; }

    /// <summary>Who moved it, as far as that is known.</summary>
    public string? By { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>The promotion that moved it; null for a plain call.</summary>
    public Guid? Promotion { get; init; }
}
