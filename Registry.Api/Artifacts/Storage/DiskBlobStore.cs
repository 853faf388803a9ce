using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>
/// Files on disk under their own digest: <c>blobs/ab/abcd…</c>. A file appears there only whole: it is written aside, flushed unless that is switched off, then
/// renamed. Symbolic links inside are never followed.
/// </summary>
internal sealed class DiskBlobStore : IBlobStore
{
    private const int BufferBytes = 512 * 1024;
    private readonly string _blobs;
    private readonly string _uploads;
    private readonly bool _flush;
    private readonly ILogger<DiskBlobStore> _logger;

    public DiskBlobStore(string root, bool flush, ILogger<DiskBlobStore> logger)
    {
        _blobs = CreateFolder(root, "blobs");
        _uploads = CreateFolder(root, "uploads");
        _flush = flush;
        _logger = logger;
    }

    public async Task<IStagedBlob> StageAsync(Stream content, long maxBytes, CancellationToken ct)
    {
        var temporary = Path.Combine(_uploads, Guid.NewGuid().ToString("N"));
        try
        {
            return new StagedFile(this, temporary, await WriteAsync(temporary, content, maxBytes, ct));
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    public Task<StoredBlob?> FindAsync(string sha256, CancellationToken ct)
    {
        var file = new FileInfo(PathOf(sha256));
        return Task.FromResult(file.Exists && !IsLinked(file) ? Describe(file) : null);
    }

    // A buffer of its own would only copy once more: readers read large pieces.
    public Stream Open(StoredBlob blob) =>
        new FileStream(
            PathOf(blob.Sha256),
            new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            }
        );

    public Task DeleteAsync(string sha256, CancellationToken ct)
    {
        File.Delete(PathOf(sha256));
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<StoredBlob> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var file in new DirectoryInfo(_blobs).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            ct.ThrowIfCancellationRequested();
            if (Blob.IsDigest(file.Name) && !IsLinked(file))
            {
                yield return Describe(file);
            }
        }
        await Task.CompletedTask;
    }

    public Task DeleteAbandonedAsync(DateTimeOffset before, CancellationToken ct)
    {
        foreach (var file in Directory.EnumerateFiles(_uploads).Where(file => File.GetLastWriteTimeUtc(file) < before))
        {
            Delete(file);
        }
        return Task.CompletedTask;
    }

    public Uri? Presign(string sha256, string fileName, TimeSpan lifetime) => null;

    private static string CreateFolder(string root, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, name));
        return folder.LinkTarget is null
            ? folder.FullName
            : throw new InvalidOperationException(
                $"The folder {folder.FullName} is a symbolic link, which could lead uploads astray. Set Slipway:DataPath to the place that is meant instead."
            );
    }

    private string PathOf(string sha256) =>
        Blob.IsDigest(sha256)
            ? Path.Combine(_blobs, sha256[..2], sha256)
            : throw new ArgumentException("Not a SHA-256 digest.", nameof(sha256));

    private static bool IsLinked(FileInfo file) => file.LinkTarget is not null || file.Directory!.LinkTarget is not null;

    private static StoredBlob Describe(FileInfo file) =>
        new(file.Name, file.Length, file.LastWriteTimeUtc, $"{file.LastWriteTimeUtc.Ticks}/{file.Length}");

    /// <summary>Each block is hashed while the system writes it.</summary>
    private async Task<Blob> WriteAsync(string path, Stream content, long maxBytes, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var size = 0L;
            int read;
            while ((read = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct)) > 0)
            {
                if (size + read > maxBytes)
                {
                    throw new UploadTooLargeException(maxBytes);
                }
                await WriteAndHashAsync(file, buffer.AsMemory(0, read), size, hash, ct);
                size += read;
            }
            if (_flush)
            {
                // On disk before the database row that names it is.
                RandomAccess.FlushToDisk(file);
            }
            return new Blob(Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WriteAndHashAsync(
        SafeFileHandle file,
        ReadOnlyMemory<byte> block,
        long offset,
        IncrementalHash hash,
        CancellationToken ct
    )
    {
        var writing = RandomAccess.WriteAsync(file, block, offset, ct);
        hash.AppendData(block.Span);
        await writing;
    }

    private void Place(string temporary, string sha256)
    {
        var target = PathOf(sha256);
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (folder.LinkTarget is not null)
        {
            throw new IOException($"The folder {folder.FullName} is a symbolic link.");
        }
        // Where the target is a link, the link itself is replaced.
        File.Move(temporary, target, overwrite: true);
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

    private sealed class StagedFile(DiskBlobStore store, string path, Blob blob) : IStagedBlob
    {
        private bool _placed;

        public Blob Blob => blob;

        public Task PlaceAsync(CancellationToken ct)
        {
            store.Place(path, blob.Sha256);
            _placed = true;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            if (!_placed)
            {
                store.Delete(path);
            }
            return ValueTask.CompletedTask;
        }
    }
}
