namespace Slipway.Contracts.Messages;

/// <summary>
/// Predictions that an inference replica has answered, up to 500 in one message. Delivered at least once: the consumer stores each record under its
/// <see cref="PredictionRecord.PredictionId"/> and ignores one that it already has.
/// </summary>
public sealed record PredictionsLogged
{
    /// <summary>The most records in one message.</summary>
    public const int MaxRecords = 500;

    /// <summary>Identifies this batch.</summary>
    public required Guid BatchId { get; init; }

    /// <summary>When the batch was formed.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>The version of this message's shape.</summary>
    public int SchemaVersion { get; set; } = 1;

    /// <summary>The replica that answered, for tracing only.</summary>
    public required string Source { get; init; }

    /// <summary>The records, in the order in which they were answered.</summary>
    public required IReadOnlyList<PredictionRecord> Predictions { get; init; }
}
