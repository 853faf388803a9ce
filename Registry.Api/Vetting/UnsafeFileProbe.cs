using System.IO.Compression;
using System.Text;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// Finds files that run code when they are loaded: pickles and what wraps them (joblib, PyTorch archives, NumPy object arrays), by content first and by the
/// names that promise them. Reads a bounded part of each file and executes nothing.
/// </summary>
internal static class UnsafeFileProbe
{
    private const int HeadBytes = 64 * 1024;

    // An archive's directory is read whole by the framework; larger archives are judged by their first entries.
    private const long MaxArchiveBytes = 64L << 20;
    private static readonly string[] s_extensions = [".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle"];

    /// <summary>What makes the file unsafe, for people; null where nothing was found.</summary>
    public static async Task<string?> FindAsync(string name, string file, CancellationToken ct)
    {
        var head = await ReadHeadAsync(file, ct);
        if (PickleProbe.IsPickle(head))
        {
            return "a Python pickle";
        }
        if (head.AsSpan().StartsWith("PK\u0003\u0004"u8))
        {
            return HoldsPickle(head, file) ? "an archive with a Python pickle (as PyTorch writes it)" : null;
        }
        if (head is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..])
        {
            return Encoding.Latin1.GetString(head.AsSpan(0, Math.Min(head.Length, 256))).Contains("|O", StringComparison.Ordinal)
                ? "a NumPy array of Python objects, which are pickled"
                : null;
        }
        if (await DecompressAsync(head, ct) is { } inner && PickleProbe.IsPickle(inner))
        {
            return "a compressed Python pickle (as joblib writes it)";
        }
        return s_extensions.FirstOrDefault(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) is { } promised
            ? $"a '{promised}' file, which is loaded by running it"
            : null;
    }

    private static async Task<byte[]> ReadHeadAsync(string file, CancellationToken ct)
    {
        await using var stream = File.OpenRead(file);
        var buffer = new byte[(int)Math.Min(HeadBytes, stream.Length)];
        var count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return buffer[..count];
    }

    private static bool HoldsPickle(byte[] head, string file)
    {
        if (new FileInfo(file).Length <= MaxArchiveBytes)
        {
            try
            {
                using var archive = ZipFile.OpenRead(file);
                return archive.Entries.Any(entry => IsPickleName(entry.FullName));
            }
            catch (InvalidDataException)
            {
                // A broken archive: what its beginning says still counts.
            }
        }
        var text = Encoding.Latin1.GetString(head);
        return s_extensions.Any(extension => text.Contains(extension, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsPickleName(string name) =>
        s_extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static async Task<byte[]?> DecompressAsync(byte[] head, CancellationToken ct)
    {
        using var source = new MemoryStream(head);
        await using Stream? inner = head switch
        {
            [0x1f, 0x8b, ..] => new GZipStream(source, CompressionMode.Decompress),
            [0x78, 0x01 or 0x5e or 0x9c or 0xda, ..] => new ZLibStream(source, CompressionMode.Decompress),
            _ => null,
        };
        if (inner is null)
        {
            return null;
        }
        var buffer = new byte[HeadBytes];
        var count = 0;
        try
        {
            int read;
            while (count < buffer.Length && (read = await inner.ReadAsync(buffer.AsMemory(count), ct)) > 0)
            {
                count += read;
            }
        }
        catch (InvalidDataException)
        {
            // Cut off, or not compressed at all: what came out until then is judged.
        }
        return buffer[..count];
    }
}
