using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Vetting;

/// <summary>The files of a version in a folder of their own, for the vetting process; disposing deletes it.</summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly ILogger _logger;

    private ModelFolder(string path, ILogger logger)
    {
        Path = path;
        _logger = logger;
    }

    public string Path { get; }

    /// <summary>
    /// Copies the files, checking their digests. Copies, not links: the process that reads them is not trusted, and must not be able to change the store.
    /// </summary>
    public static async Task<ModelFolder> CreateAsync(
        string root,
        IEnumerable<VersionFileRow> files,
        BlobReader blobs,
        ILogger logger,
        CancellationToken ct
    )
    {
        var folder = new ModelFolder(System.IO.Path.Combine(root, Guid.NewGuid().ToString("N")), logger);
        try
        {
            Directory.CreateDirectory(folder.Path);
            foreach (var file in files)
            {
                var target = folder.PathOf(file.Path);
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
                await blobs.CopyToAsync(new Blob(file.Sha256, file.SizeBytes), target, ct);
            }
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public string PathOf(string relative)
    {
        var full = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, relative));
        return full.StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new InvalidOperationException($"The path '{relative}' of a version's file leads out of its folder.");
    }

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left for the next start, which empties the folder above.
            RegistryLog.TempFileLeft(_logger, Path, e.Message);
        }
    }
}
