using System.Buffers.Binary;

namespace Slipway.Contracts.Messages;

/// <summary>
/// The compact form of records: what a replica has written while it answered goes to the monitor as it is, so that the time for making objects and texts of it is not
/// spent beside the models. Frames follow one another: the payload's length and its CRC-32C (both little-endian, 4 bytes), and the payload. A payload begins with its kind (1 byte):
/// <list type="bullet">
/// <item><see cref="SelfContained"/>: prediction id, endpoint, model (texts: variable-length length, UTF-8), version (variable-length), event time (UTC ticks, 8 bytes),
/// milliseconds in the service (IEEE double), trace context (text), count of numbers and each with its name, categories likewise, value, label, count of scores and
/// scores.</item>
/// <item><see cref="Layout"/>: a number (variable-length), endpoint, model, version, the names of numbers, the names of categories.</item>
/// <item><see cref="WithLayout"/>: the number of a layout that came before, prediction id, event time, milliseconds, trace context, numbers, categories, value, label,
/// scores.</item>
/// </list>
/// </summary>
public static class PackedRecords
{
    /// <summary>A record with all its names.</summary>
    public const byte SelfContained = 1;

    /// <summary>A record whose names are in a layout.</summary>
    public const byte WithLayout = 2;

    /// <summary>What many records have in common. A later one of the same number takes its place.</summary>
    public const byte Layout = 3;

    /// <summary>Bytes of a frame before its payload.</summary>
    public const int FrameOverheadBytes = 8;

    /// <summary>Features and labels that are texts are cut at this many bytes.</summary>
    public const int MaxTextBytes = 256;

    /// <summary>Makes records of frames; throws <see cref="InvalidDataException"/> for what is not whole frames of this version.</summary>
    public static IReadOnlyList<PredictionRecord> Read(ReadOnlySpan<byte> frames)
    {
        var reader = new PackedRecordReader();
        var records = new List<PredictionRecord>();
        while (!frames.IsEmpty)
        {
            if (reader.Decode(TakePayload(ref frames)) is { } record)
            {
                records.Add(record);
            }
        }
        return records;
    }

    /// <summary>The payload of the first frame, which is taken off; throws <see cref="InvalidDataException"/> when it is not whole.</summary>
    public static ReadOnlySpan<byte> TakePayload(ref ReadOnlySpan<byte> frames)
    {
        var length = frames.Length < FrameOverheadBytes ? 0 : BinaryPrimitives.ReadInt32LittleEndian(frames);
        if (length <= 0 || length > frames.Length - FrameOverheadBytes)
        {
            throw new InvalidDataException("The packed records end in half a frame.");
        }
        var payload = frames.Slice(FrameOverheadBytes, length);
        frames = frames[(FrameOverheadBytes + payload.Length)..];
        return payload;
    }
}
