using System.Text;
using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Repository;

/// <summary>Models whose files came with a load request: each lies in a folder of its own under the system's temporary folder, until it is unloaded.</summary>
internal sealed class RepositoryOverrides(IOptions<RepositoryOptions> options, ILogger<RepositoryOverrides> logger) : IDisposable
{
    // What Linux takes as one name (NAME_MAX), and well below what it takes as a path (PATH_MAX) with the folder before it.
    private const int MaxNameBytes = 255;
    private const int MaxPathBytes = 2048;

    private readonly Lazy<string> _root = new(() => Directory.CreateTempSubdirectory("slipway-models-").FullName);

    /// <summary>Writes the request's files and reads them as a model.</summary>
    public async Task<RepositoryEntry> CreateAsync(RepositoryLoad request, CancellationToken ct)
    {
        var config =
            request.ReadConfiguration()
            ?? throw new RepositoryException("override files are given without a 'config' parameter, which they need");
        if (request.Files.Values.Sum(file => (long)file.Length) > options.Value.MaxOverrideBytes)
        {
            throw new RepositoryException($"override files are larger than {options.Value.MaxOverrideBytes} bytes in sum");
        }
        var folder = Path.Combine(_root.Value, Guid.NewGuid().ToString("N"));
        try
        {
            foreach (var (path, content) in request.Files)
            {
                await WriteAsync(folder, path, content, ct);
            }
            var model = RepositoryReader.Read(request.Name, folder, config);
            return new RepositoryEntry(model, await RepositoryDigests.ComputeAsync(model, ct), folder);
        }
        catch
        {
            Remove(folder);
            throw;
        }
    }

    /// <summary>Deletes an entry's folder; a model that is still loaded from it keeps its mapped files.</summary>
    public void Remove(string? folder)
    {
        if (folder is null || !Directory.Exists(folder))
        {
            return;
        }
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Space that stays taken until the process ends is no reason to fail.
            RepositoryEvents.OverrideNotRemoved(logger, e, folder);
        }
    }

    public void Dispose()
    {
        if (_root.IsValueCreated)
        {
            Remove(_root.Value);
        }
    }

    private static async Task WriteAsync(string folder, string path, byte[] content, CancellationToken ct)
    {
        if (path.Any(c => c == '\\' || char.IsControl(c)) || path.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new RepositoryException($"'file:{path}' is no path inside the model's folder, such as file:1/model.onnx");
        }
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes || path.Split('/').Any(part => Encoding.UTF8.GetByteCount(part) > MaxNameBytes))
        {
            throw new RepositoryException(
                $"'file:{path[..Math.Min(path.Length, 40)]}…' is longer than the {MaxNameBytes} bytes of a name or the {MaxPathBytes} bytes of a path"
            );
        }
        var full = Path.Combine(folder, path);
        var parent = Path.GetDirectoryName(full)!;
        if (Directory.Exists(full) || IsBelowAFile(parent, folder))
        {
            throw new RepositoryException($"'file:{path}' is a file and a folder at the same time");
        }
        Directory.CreateDirectory(parent);
        await File.WriteAllBytesAsync(full, content, ct);
    }

    private static bool IsBelowAFile(string parent, string folder)
    {
        for (var at = parent; at.Length > folder.Length; at = Path.GetDirectoryName(at)!)
        {
            if (File.Exists(at))
            {
                return true;
            }
        }
        return false;
    }
}
