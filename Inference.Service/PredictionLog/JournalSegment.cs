using System.Globalization;

namespace Slipway.Inference.Service.PredictionLog;

/// <summary>
/// A journal file: eight bytes of <see cref="Header"/>, then frames. A frame is the payload's length and CRC-32C (both little-endian, 4 bytes) and
/// the payload, one record as <see cref="RecordEncoder"/> writes it.
/// </summary>
internal static class JournalSegment
{
    public const int FrameOverheadBytes = 8;

    /// <summary>A frame that claims more than this is damage, not data.</summary>
    public const int MaxPayloadBytes = 64 << 20;

    private const string Extension = ".journal";

    /// <summary>Names the format; its last byte is the version.</summary>
    public static ReadOnlySpan<byte> Header => "SLPRED\0\u0001"u8;

    public static string PathOf(string folder, long number) =>
        Path.Combine(folder, number.ToString("D16", CultureInfo.InvariantCulture) + Extension);

    /// <summary>The segments in a folder with their sizes, oldest first.</summary>
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
        return found;
    }
}
