using System.Buffers;
using System.Security.Cryptography;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>
/// Files on disk under their own digest: <c>blobs/ab/abcd…</c>. A file appears there only whole (written aside, flushed, then renamed) and never changes. Memory
/// stays flat whatever the file's size.
/// </summary>
internal sealed class BlobStore
{
    private const int BufferBytes = 128 * 1024;
    private readonly string _blobs;
    private readonly string _uploads;
    private readonly ILogger<BlobStore> _logger;

    public BlobStore(string root, ILogger<BlobStore> logger)
    {
        _blobs = Path.Combine(root, "blobs");
        _uploads = Path.Combine(root, "uploads");
        _logger = logger;
        Directory.CreateDirectory(_blobs);
        Directory.CreateDirectory(_uploads);
    }

    /// <summary>Stores everything <paramref name="content"/> gives. Nothing is left behind when it fails or is cancelled.</summary>
    public async Task<Blob> StoreAsync(Stream content, long maxBytes, CancellationToken ct)
    {
        var temporary = Path.Combine(_uploads, Guid.NewGuid().ToString("N"));
        try
        {
            var blob = await WriteAsync(temporary, content, maxBytes, ct);
            var target = PathOf(blob.Sha256);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            // Replacing an equal file is harmless, and repairs one that was damaged.
            File.Move(temporary, target, overwrite: true);
            return blob;
        }
        finally
        {
            Delete(temporary);
        }
    }

    /// <summary>The file of a blob, or null where it is not stored.</summary>
    public string? Find(string sha256) => PathOf(sha256) is var path && File.Exists(path) ? path : null;

    /// <summary>Deletes what uploads left behind when the process was killed, once it is older than <paramref name="before"/>.</summary>
    public void DeleteAbandonedUploads(DateTimeOffset before)
    {
        foreach (var file in Directory.EnumerateFiles(_uploads).Where(file => File.GetLastWriteTimeUtc(file) < before))
        {
            Delete(file);
        }
    }

    private string PathOf(string sha256) =>
        Blob.IsDigest(sha256)
            ? Path.Combine(_blobs, sha256[..2], sha256)
            : throw new ArgumentException("Not a SHA-256 digest.", nameof(sha256));

    private static async Task<Blob> WriteAsync(string path, Stream content, long maxBytes, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    BufferSize = 0,
                    Options = FileOptions.Asynchronous,
                }
            );
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var size = 0L;
            int read;
            while ((read = await content.ReadAsync(buffer, ct)) > 0)
            {
                size += read;
                if (size > maxBytes)
                {
                    throw new UploadTooLargeException(maxBytes);
                }
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
            }
            // On disk before the database row that names it is.
            file.Flush(flushToDisk: true);
            return new Blob(Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The upload itself has its answer; the file is found again at the next start.
            RegistryLog.TempFileLeft(_logger, path, e.Message);
        }
    }
}
