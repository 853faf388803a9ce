using System.Collections.Concurrent;

namespace Slipway.Registry.Api.Artifacts.Storage;

/// <summary>
/// Reads blobs and never gives out bytes that are not what their digest says. A whole blob is checked while it is read; for a part of one, the whole is read and
/// checked first, once for as long as the store shows no newer writing of it.
/// </summary>
internal sealed class BlobReader(IBlobStore store, ArtifactMetrics metrics, ILogger<BlobReader> logger)
{
    private const int MaxRemembered = 10_000;

    // Digest and stamp of what was found right, or is being read to find out.
    private readonly ConcurrentDictionary<(string Sha256, string Stamp), Lazy<Task>> _verified = new();

    /// <summary>The whole blob, checked while it is read.</summary>
    public async Task<Stream> OpenAsync(Blob blob, CancellationToken ct)
    {
        var stored = await FindAsync(blob, ct);
        return new VerifyingStream(OpenStored(stored), blob, right => Judge(stored, right));
    }

    /// <summary>A blob of which any part may be read, checked beforehand.</summary>
    public async Task<Stream> OpenForPartsAsync(Blob blob, CancellationToken ct)
    {
        var stored = await FindAsync(blob, ct);
        var key = (stored.Sha256, stored.Stamp);
        var check = _verified.GetOrAdd(key, _ => new Lazy<Task>(() => CheckAsync(blob)));
        try
        {
            await check.Value.WaitAsync(ct);
        }
        catch when (check.Value.IsFaulted)
        {
            _verified.TryRemove(key, out _);
            throw;
        }
        return OpenStored(stored);
    }

    /// <summary>What is stored, by size and existence only.</summary>
    public async Task<StoredBlob> FindAsync(Blob blob, CancellationToken ct)
    {
        var stored = await store.FindAsync(blob.Sha256, ct);
        if (stored is null)
        {
            throw Damaged(new BlobDamagedException(blob.Sha256, "are missing") { IsMissing = true });
        }
        return stored.SizeBytes == blob.SizeBytes
            ? stored
            : throw Damaged(new BlobDamagedException(blob.Sha256, "are of another size than was recorded"));
    }

    /// <summary>Writes a blob to a file, checked.</summary>
    public async Task CopyToAsync(Blob blob, string path, CancellationToken ct)
    {
        await using var content = await OpenAsync(blob, ct);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        await content.CopyToAsync(file, 512 * 1024, ct);
    }

    // Of no request: others wait for it too.
    private async Task CheckAsync(Blob blob)
    {
        await using var content = await OpenAsync(blob, CancellationToken.None);
        await content.CopyToAsync(Stream.Null, 512 * 1024);
    }

    private Stream OpenStored(StoredBlob stored)
    {
        try
        {
            return store.Open(stored);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Damaged(new BlobDamagedException(stored.Sha256, "are missing") { IsMissing = true });
        }
    }

    private void Judge(StoredBlob stored, bool right)
    {
        var key = (stored.Sha256, stored.Stamp);
        if (!right)
        {
            _verified.TryRemove(key, out _);
            metrics.Damaged();
            RegistryLog.BlobDamaged(logger, stored.Sha256);
            return;
        }
        if (_verified.Count >= MaxRemembered)
        {
            _verified.Clear();
        }
        _verified.TryAdd(key, new Lazy<Task>(Task.CompletedTask));
    }

    private BlobDamagedException Damaged(BlobDamagedException exception)
    {
        metrics.Damaged();
        RegistryLog.BlobDamaged(logger, exception.Sha256);
        return exception;
    }
}
