namespace Slipway.Contracts.Registry;

/// <summary>What became of walking the audit log's chain.</summary>
public sealed record AuditVerification
{
    /// <summary>Whether everything that was walked is as it was sealed.</summary>
    public required bool Valid { get; init; }

    /// <summary>Whether the walk reached the end of the chain; otherwise go on from <see cref="LastSequence"/> and <see cref="LastHash"/>.</summary>
    public required bool Complete { get; init; }

    /// <summary>How many entries were checked.</summary>
    public required long Checked { get; init; }

    /// <summary>The last entry found right; 0 where there is none.</summary>
    public required long LastSequence { get; init; }

    /// <summary>Its hash. Kept elsewhere, it is the anchor that a later walk can prove the log against.</summary>
    public required string LastHash { get; init; }

    /// <summary>Committed entries that are not sealed yet.</summary>
    public required long Unsealed { get; init; }

    /// <summary>The first place that is not right, or null.</summary>
    public AuditBreak? FirstBroken { get; init; }
}

/// <summary>A place where the audit log is not as it was sealed.</summary>
/// <param name="Sequence">The place in the chain; null for an entry that is in no chain.</param>
/// <param name="EntryId">The entry, where one is known.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record AuditBreak(long? Sequence, long? EntryId, string Reason);
