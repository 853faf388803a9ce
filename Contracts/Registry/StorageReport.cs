namespace Slipway.Contracts.Registry;

/// <summary><c>GET /api/v1/storage</c>: what the artifact store holds, and what the next collection would delete. Sizes are in bytes.</summary>
public sealed record StorageReport
{
    /// <summary>Distinct contents that are stored.</summary>
    public required long Blobs { get; init; }

    /// <summary>Their size.</summary>
    public required long Bytes { get; init; }

    /// <summary>Of these, those that nothing refers to.</summary>
    public required long UnreferencedBlobs { get; init; }

    /// <summary>Their size.</summary>
    public required long UnreferencedBytes { get; init; }

    /// <summary>Of these, those whose grace time is over: the next collection deletes them.</summary>
    public required long CollectableBlobs { get; init; }

    /// <summary>Their size.</summary>
    public required long CollectableBytes { get; init; }

    /// <summary>Deleted runs that the next collection removes with their artifacts.</summary>
    public long CollectableRuns { get; init; }

    /// <summary>Deleted experiments that the next collection removes.</summary>
    public long CollectableExperiments { get; init; }

    /// <summary>Blobs that nothing refers to, longest first; at most 100.</summary>
    public IReadOnlyList<UnreferencedBlob> Unreferenced { get; set; } = [];
}

/// <summary>A blob that nothing refers to; since when, once a pass has noticed.</summary>
public sealed record UnreferencedBlob(string Sha256, long SizeBytes, DateTimeOffset? Since);
