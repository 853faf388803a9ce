using Microsoft.Extensions.Options;
using Slipway.Contracts.Http;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Service.Serving;

/// <summary>
/// Model files on the local disk, one folder a digest. A folder appears whole, by a rename, and every file's SHA-256 is checked on every use. The size is
/// bounded: what is served stays, the longest unused of the rest goes first. Several processes may share the folder.
/// </summary>
internal sealed class ModelCache(
    string folder,
    Func<RegistryClient> registry,
    IOptions<ServingOptions> options,
    TimeProvider time,
    ILogger<ModelCache> logger
) : IModelFiles
{
    private const string TemporaryPrefix = ".incoming-";

    // Whoever may register a version wrote them.
    public bool AreOwn => false;

    /// <summary>The folder with the version's files, downloaded where they are not there yet.</summary>
    public async Task<string> GetAsync(ServedModelVersion version, CancellationToken ct)
    {
        Validate(version);
        var target = Path.Combine(folder, version.Digest);
        if (Directory.Exists(target))
        {
            if (await IsIntactAsync(target, version, ct))
            {
                Directory.SetLastAccessTimeUtc(target, time.GetUtcNow().UtcDateTime);
                return target;
            }
            ServingEvents.CacheDamaged(logger, version.Digest);
            Directory.Delete(target, recursive: true);
        }
        await DownloadAsync(version, target, ct);
        return target;
    }

    /// <summary>Deletes the longest unused folders, other than those of <paramref name="inUse"/>, until the bound holds.</summary>
    public void Trim(IReadOnlySet<string> inUse)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }
        var entries = new DirectoryInfo(folder)
            .EnumerateDirectories()
            .Where(entry => !entry.Name.StartsWith(TemporaryPrefix, StringComparison.Ordinal))
            .Select(entry => (Entry: entry, Bytes: entry.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)))
            .OrderBy(entry => entry.Entry.LastAccessTimeUtc)
            .ToArray();
        var total = entries.Sum(entry => entry.Bytes);
        foreach (var (entry, bytes) in entries)
        {
            if (total <= options.Value.CacheMaxBytes)
            {
                return;
            }
            if (inUse.Contains(entry.Name))
            {
                continue;
            }
            try
            {
                entry.Delete(recursive: true);
                total -= bytes;
                ServingEvents.CacheTrimmed(logger, entry.Name, bytes);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                ServingEvents.CacheTrimFailed(logger, e, entry.Name);
            }
        }
    }

    /// <summary>Deletes what an earlier process left half downloaded.</summary>
    public void RemoveLeftovers()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }
        var oldest = time.GetUtcNow().UtcDateTime - options.Value.DownloadTimeout;
        foreach (var entry in new DirectoryInfo(folder).EnumerateDirectories(TemporaryPrefix + "*"))
        {
            // A younger one may be another process's.
            if (entry.LastWriteTimeUtc >= oldest)
            {
                continue;
            }
            try
            {
                entry.Delete(recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Space that stays taken, or that another process has just freed, is no reason not to serve.
                ServingEvents.LeftoverNotRemoved(logger, e, entry.Name);
            }
        }
    }

    private async Task DownloadAsync(ServedModelVersion version, string target, CancellationToken ct)
    {
        var temporary = Path.Combine(folder, TemporaryPrefix + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(temporary);
        try
        {
            using var limit = new CancellationTokenSource(options.Value.DownloadTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
            foreach (var file in version.Files)
            {
                await DownloadAsync(file, Path.Combine(temporary, file.Path), either.Token);
            }
            try
            {
                Directory.Move(temporary, target);
            }
            catch (IOException) when (Directory.Exists(target))
            {
                // Another process was faster; its files have the same digests or are refused at the next check.
            }
        }
        catch (Exception e)
            when (e is HttpRequestException or ApiException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            throw new ModelDownloadException(
                $"The files of {version.Model} version {version.Version} could not be downloaded: {e.Message}",
                e
            );
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private async Task DownloadAsync(ServedFile file, string path, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using (var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true))
        {
            await using var bounded = new BoundedWriteStream(stream, file.SizeBytes);
            await registry().DownloadBlobAsync(file.Sha256, bounded, ct);
        }
        await FileDigest.VerifyAsync(path, file.Sha256, ct);
    }

    private static async Task<bool> IsIntactAsync(string target, ServedModelVersion version, CancellationToken ct)
    {
        foreach (var file in version.Files)
        {
            var path = Path.Combine(target, file.Path);
            if (
                !File.Exists(path)
                || !string.Equals(await FileDigest.ComputeAsync(path, ct), file.Sha256, StringComparison.OrdinalIgnoreCase)
            )
            {
                return false;
            }
        }
        return true;
    }

    // The registry is trusted with what to serve, not with where to write on this machine.
    private static void Validate(ServedModelVersion version)
    {
        if (!IsSha256(version.Digest))
        {
            throw new ModelLoadException(ModelLoadCodes.LoadFailed, "The version's digest is not 64 hexadecimal digits.");
        }
        foreach (var file in version.Files)
        {
            if (!IsSha256(file.Sha256))
            {
                throw new ModelLoadException(ModelLoadCodes.LoadFailed, $"The digest of file '{file.Path}' is not 64 hexadecimal digits.");
            }
            if (!IsConfined(file.Path))
            {
                throw new ModelLoadException(
                    ModelLoadCodes.LoadFailed,
                    $"The file path '{file.Path}' is not a relative path inside the model's folder."
                );
            }
        }
        if (!version.Files.Any(file => string.Equals(file.Path, version.ModelFile, StringComparison.Ordinal)))
        {
            throw new ModelLoadException(ModelLoadCodes.NotFound, $"The version's files do not hold its model file '{version.ModelFile}'.");
        }
    }

    private static bool IsSha256(string digest) => digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower);

    private static bool IsConfined(string path) =>
        path.Length > 0
        && !path.Contains('\\', StringComparison.Ordinal)
        && !path.Contains(':', StringComparison.Ordinal)
        && !path.Any(char.IsControl)
        && path.Split('/').All(part => part is not ("" or "." or ".."));
}
