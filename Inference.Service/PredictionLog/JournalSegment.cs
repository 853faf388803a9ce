using System.Buffers.Binary;
using System.Globalization;
using Slipway.Contracts.Messages;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// A journal file: eight bytes of <see cref="Header"/>, then the frames of <see cref="PackedRecords"/>. While it is written, and after a kill, zeros follow them up to
/// the size that was laid aside on the disk.
/// </summary>
internal static class JournalSegment
{
    public const int FrameOverheadBytes = PackedRecords.FrameOverheadBytes;

    /// <summary>A frame that claims more than this is damage, not data.</summary>
    public const int MaxPayloadBytes = 64 << 20;

    private const string Extension = ".journal";

    /// <summary>Names the format; its last byte is the version.</summary>
    public static ReadOnlySpan<byte> Header => "SLPRED\0\u0001"u8;

    public static string PathOf(string folder, long number) =>
        Path.Combine(folder, number.ToString("D16", CultureInfo.InvariantCulture) + Extension);

    /// <summary>The segments in a folder with their sizes, oldest first. The last one may be as a kill left it, and is cut to what was written.</summary>
    public static SortedDictionary<long, long> Find(string folder)
    {
        var found = new SortedDictionary<long, long>();
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*" + Extension))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file.Name), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                found[number] = file.Length;
            }
        }
        if (found.Count > 0)
        {
            var last = found.Keys.Last();
            found[last] = CutUnused(PathOf(folder, last));
        }
        return found;
    }

    // What follows a damaged length stays, so that it is counted as lost when it is read.
    private static long CutUnused(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var size = RandomAccess.GetLength(file);
        long end = Header.Length;
        Span<byte> length = stackalloc byte[sizeof(int)];
        while (end < size && RandomAccess.Read(file, length, end) == length.Length)
        {
            var payload = BinaryPrimitives.ReadInt32LittleEndian(length);
            if (payload == 0)
            {
                RandomAccess.SetLength(file, end);
                return end;
            }
            if (payload is < 0 or > MaxPayloadBytes)
            {
                return size;
            }
            end += FrameOverheadBytes + payload;
        }
        return size;
    }
}
