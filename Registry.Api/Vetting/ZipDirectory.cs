using System.Buffers.Binary;

namespace Slipway.Registry.Api.Vetting;

/// <summary>Finds how large the directory of a zip archive is, before anything reads it whole.</summary>
internal static class ZipDirectory
{
    private const int RecordBytes = 22;
    private const int MaxCommentBytes = ushort.MaxValue;
    private const int SizeAt = 12;
    private const int Locator64Bytes = 20;
    private const int Size64At = 40;

    /// <summary>In bytes; null where the end of the archive is not as the format says.</summary>
    public static long? SizeOf(Stream archive)
    {
        var tail = new byte[(int)Math.Min(archive.Length, RecordBytes + MaxCommentBytes + Locator64Bytes)];
        archive.Position = archive.Length - tail.Length;
        archive.ReadExactly(tail);
        var at = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0 || at + RecordBytes > tail.Length)
        {
            return null;
        }
        var size = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + SizeAt));
        return size == uint.MaxValue ? SizeOf64(archive, tail, at - Locator64Bytes) : size;
    }

    private static long? SizeOf64(Stream archive, byte[] tail, int locatorAt)
    {
        if (locatorAt < 0 || !tail.AsSpan(locatorAt).StartsWith("PK\u0006\u0007"u8))
        {
            return null;
        }
        var recordAt = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(locatorAt + 8));
        if (recordAt < 0 || recordAt > archive.Length - Size64At - 8)
        {
            return null;
        }
        var record = new byte[Size64At + 8];
        archive.Position = recordAt;
        archive.ReadExactly(record);
        var size = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(Size64At));
        return record.AsSpan().StartsWith("PK\u0006\u0006"u8) && size >= 0 ? size : null;
    }
}
