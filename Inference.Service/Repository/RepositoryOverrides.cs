using Microsoft.Extensions.Options;

namespace Slipway.Inference.Service.Repository;

/// <summary>Models whose files came with a load request: each lies in a folder of its own under the system's temporary folder, until it is unloaded.</summary>
internal sealed class RepositoryOverrides(IOptions<RepositoryOptions> options, ILogger<RepositoryOverrides> logger) : IDisposable
{
    private readonly Lazy<string> _root = new(() => Directory.CreateTempSubdirectory("slipway-models-").FullName);

    /// <summary>Writes the request's files and reads them as a model.</summary>
    public async Task<RepositoryEntry> CreateAsync(RepositoryLoad request, CancellationToken ct)
    {
        if (request.Configuration is null)
        {
            throw new RepositoryException("override files are given without a 'config' parameter, which they need");
        }
        if (request.Files.Values.Sum(file => (long)file.Length) > options.Value.MaxOverrideBytes)
        {
            throw new RepositoryException($"override files are larger than {options.Value.MaxOverrideBytes} bytes in sum");
        }
        var config = ModelConfigFile.Parse(request.Configuration);
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
        if (path.Length == 0 || path.Any(c => c == '\\' || char.IsControl(c)) || path.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new RepositoryException($"'file:{path}' is no path inside the model's folder, such as file:1/model.onnx");
        }
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        await File.WriteAllBytesAsync(full, content, ct);
    }
}
