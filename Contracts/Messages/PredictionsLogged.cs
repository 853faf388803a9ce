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

    /// <summary>The version of this message's shape; since 2 the records may be in <see cref="Packed"/>.</summary>
    public int SchemaVersion { get; set; } = 2;

    /// <summary>The replica that answered, for tracing only.</summary>
    public required string Source { get; init; }

    /// <summary>Records as objects, in the order in which they were answered; empty where they are packed.</summary>
    public required IReadOnlyList<PredictionRecord> Predictions { get; init; }

    /// <summary>Records in the form of <see cref="PackedRecords"/>, in the order in which they were answered; null where they are objects.</summary>
    public byte[]? Packed { get; set; }

    /// <summary>All records, whichever way they came; throws <see cref="InvalidDataException"/> when the packed ones are damaged.</summary>
    public IReadOnlyList<PredictionRecord> ReadRecords() =>
        Packed is null ? Predictions ?? [] : [.. Predictions ?? [], .. PackedRecords.Read(Packed)];
}
