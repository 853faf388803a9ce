using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// Finds files that run code when they are loaded: pickles and what wraps them (joblib, PyTorch archives, NumPy object arrays), by content first and by the names
/// that promise them, also in archives within archives. It executes nothing, reads a bounded amount, and takes what it cannot look into for unsafe.
/// </summary>
internal sealed class UnsafeFileProbe
{
    private const int HeadBytes = 64 * 1024;
    private const int MaxEntries = 10_000;
    private const int MaxNesting = 4;

    // Of everything that is unpacked from one file: what does not fit cannot be judged.
    private const long MaxUnpackedBytes = 256L << 20;
    private const long MaxNestedArchiveBytes = 32L << 20;

    // The directory of an archive is read whole.
    private const long MaxDirectoryBytes = 16L << 20;

    private static readonly string[] s_extensions = [".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle", ".pt", ".pth", ".pyc"];

    private long _unpacked;
    private int _entries;

    /// <summary>What makes the file unsafe, for people; null where nothing was found.</summary>
    public static async Task<string?> FindAsync(string name, string file, CancellationToken ct)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 4096, useAsync: true);
        try
        {
            return await new UnsafeFileProbe().FindAsync(name, stream, 0, ct);
        }
        catch (UnreadableException e)
        {
            return e.Message;
        }
    }

    /// <summary>The stream must be able to seek, and stands at its beginning.</summary>
    private async Task<string?> FindAsync(string name, Stream stream, int depth, CancellationToken ct)
    {
        var head = await ReadHeadAsync(stream, ct);
        stream.Position = 0;
        if (FindInHead(head) is { } found)
        {
            return found;
        }
        if (ArchiveKind.Of(head) is { } kind)
        {
            if (depth >= MaxNesting)
            {
                throw new UnreadableException("an archive within too many others to be looked into");
            }
            var inside = kind switch
            {
                ArchiveKind.Zip => await FindInZipAsync(stream, depth, ct),
                ArchiveKind.Tar => await FindInTarAsync(stream, depth, ct),
                ArchiveKind.GZip => await FindInCompressedAsync(name, new GZipStream(stream, CompressionMode.Decompress, true), depth, ct),
                ArchiveKind.ZLib => await FindInCompressedAsync(name, new ZLibStream(stream, CompressionMode.Decompress, true), depth, ct),
                _ => throw new UnreadableException($"compressed in a way that cannot be looked into ({kind})"),
            };
            if (inside is not null)
            {
                return inside;
            }
        }
        return s_extensions.FirstOrDefault(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) is { } promised
            ? $"a '{promised}' file, which is loaded by running it"
            : null;
    }

    private static string? FindInHead(byte[] head)
    {
        if (PickleProbe.IsPickle(head))
        {
            return "a Python pickle";
        }
        return HoldsObjects(head) ? "a NumPy array of Python objects, which are pickled" : null;
    }

    /// <summary>Whether this is a NumPy file whose element type, or that of any of its fields, is a Python object.</summary>
    private static bool HoldsObjects(ReadOnlySpan<byte> head)
    {
        if (head is not [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..])
        {
            return false;
        }
        var description = Encoding.Latin1.GetString(head[..Math.Min(head.Length, 16 * 1024)]);
        var end = description.IndexOf('\n', StringComparison.Ordinal);
        description = end < 0 ? description : description[..end];
        return description.Contains("|O", StringComparison.Ordinal) || description.Contains("'O", StringComparison.Ordinal);
    }

    private async Task<string?> FindInZipAsync(Stream stream, int depth, CancellationToken ct)
    {
        try
        {
            if (ZipDirectory.SizeOf(stream) is not <= MaxDirectoryBytes)
            {
                throw new UnreadableException("an archive whose directory cannot be read");
            }
            stream.Position = 0;
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (var entry in archive.Entries)
            {
                if (entry.FullName.EndsWith('/'))
                {
                    continue;
                }
                await using var content = entry.Open();
                if (await FindInEntryAsync(entry.FullName, content, depth, ct) is { } found)
                {
                    return found;
                }
            }
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw new UnreadableException("a broken archive, which cannot be looked into");
        }
    }

    private async Task<string?> FindInTarAsync(Stream stream, int depth, CancellationToken ct)
    {
        try
        {
            await using var reader = new TarReader(stream, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, ct) is { } entry)
            {
                if (entry.DataStream is { } content && await FindInEntryAsync(entry.Name, content, depth, ct) is { } found)
                {
                    return found;
                }
            }
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new UnreadableException("a broken archive, which cannot be looked into");
        }
    }

    private async Task<string?> FindInCompressedAsync(string name, Stream content, int depth, CancellationToken ct)
    {
        await using (content)
        {
            try
            {
                var inner = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
                return await FindInUnpackedAsync(inner, content, depth, ct) is { } found ? $"a compressed file with {found}" : null;
            }
            catch (InvalidDataException)
            {
                // Two bytes that look like the beginning of compressed data, in a file that is something else.
                return null;
            }
        }
    }

    private async Task<string?> FindInEntryAsync(string name, Stream content, int depth, CancellationToken ct)
    {
        if (++_entries > MaxEntries)
        {
            throw new UnreadableException($"an archive of more than {MaxEntries} entries, which cannot be looked into");
        }
        return await FindInUnpackedAsync(name, content, depth, ct) is { } found ? $"an archive with '{Shorten(name)}', {found}" : null;
    }

    private async Task<string?> FindInUnpackedAsync(string name, Stream content, int depth, CancellationToken ct)
    {
        var head = await ReadHeadAsync(content, ct);
        Unpacked(head.Length);
        // Only an archive has to be unpacked further.
        var inner = new MemoryStream(head, writable: false);
        if (ArchiveKind.Of(head) is not null && head.Length == HeadBytes)
        {
            inner = new MemoryStream();
            inner.Write(head);
            await CopyAsync(content, inner, ct);
            inner.Position = 0;
        }
        await using (inner)
        {
            return await FindAsync(name, inner, depth + 1, ct);
        }
    }

    private async Task CopyAsync(Stream from, MemoryStream to, CancellationToken ct)
    {
        var buffer = new byte[HeadBytes];
        int read;
        while ((read = await from.ReadAsync(buffer, ct)) > 0)
        {
            Unpacked(read);
            to.Write(buffer, 0, read);
            if (to.Length > MaxNestedArchiveBytes)
            {
                throw new UnreadableException(
                    $"an archive within another of more than {MaxNestedArchiveBytes >> 20} MiB, which cannot be looked into"
                );
            }
        }
    }

    private void Unpacked(int bytes)
    {
        _unpacked += bytes;
        if (_unpacked > MaxUnpackedBytes)
        {
            throw new UnreadableException("an archive with too much in it to be looked into");
        }
    }

    private static async Task<byte[]> ReadHeadAsync(Stream stream, CancellationToken ct)
    {
        var buffer = new byte[HeadBytes];
        var count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return buffer[..count];
    }

    private static string Shorten(string name) => name.Length <= 200 ? name : name[..200] + "...";

    /// <summary>Cannot be looked into; the message says what is so.</summary>
    private sealed class UnreadableException(string message) : Exception(message);
}
