using System.Net;
using System.Security.Cryptography;
using Slipway.Contracts.Http;
using Slipway.Contracts.Registry;
using Slipway.Training.Worker.Jobs;
using Environments = Slipway.Contracts.Registry.Environments;

namespace Slipway.Training.Worker.Registration;

/// <summary>Downloads the model that serves production, so that both are judged by the same rows. Each file is checked against its digest.</summary>
internal sealed class IncumbentStore(RemoteServices services, TrainingOptions options)
{
    /// <summary>Null where the model has no production version whose files can be had.</summary>
    public async Task<Incumbent?> FetchAsync(JobContext job, CancellationToken ct)
    {
        var registry = new RegistryClient(services.Registry());
        var name = job.Claim.Request.ModelName;
        var registered = await job.CallAsync(RemoteServices.RegistryName, token => registry.FindModelAsync(name, token), ct);
        if (registered?.Aliases.TryGetValue(Environments.Production, out var number) != true)
        {
            job.Log.Write($"'{name}' has no production version to compare with.");
            return null;
        }
        job.Report(0.06, $"Fetching version {number}, which serves now.");
        var version = await job.CallAsync(RemoteServices.RegistryName, token => registry.FindVersionAsync(name, number, token), ct);
        var folder = Directory.CreateDirectory(Path.Combine(job.Folder, "incumbent")).FullName;
        if (version is null || version.Files.Count == 0 || version.Files.Sum(file => file.SizeBytes) > options.MaxDatasetBytes)
        {
            job.Log.Write($"The files of version {number} cannot be fetched: it is not compared with.");
            return null;
        }
        foreach (var file in version.Files)
        {
            var path = Path.GetFullPath(Path.Combine(folder, file.Path));
            if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                job.Log.Write($"Version {number} has a file outside its folder: it is not compared with.");
                return null;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                await job.CallAsync(RemoteServices.RegistryName, token => DownloadAsync(registry, file.Sha256, path, token), ct);
            }
            catch (ApiException e) when (e.Status == HttpStatusCode.NotFound)
            {
                job.Log.Write($"A file of version {number} is gone ({e.Message}): it is not compared with.");
                return null;
            }
        }
        if (
            Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal).FirstOrDefault()
            is not { } model
        )
        {
            job.Log.Write($"Version {number} is no ONNX model: it is not compared with.");
            return null;
        }
        job.Log.Write($"Version {number} will be evaluated on the same rows.");
        return new Incumbent(number, model);
    }

    private static async Task DownloadAsync(RegistryClient registry, string sha256, string path, CancellationToken ct)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        await registry.DownloadBlobAsync(sha256, file, ct);
        file.Position = 0;
        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct));
        if (digest != sha256)
        {
            // As a broken transfer: the next try may bring the right bytes.
            throw new HttpRequestException($"The blob {sha256} arrived with the digest {digest}.");
        }
    }
}
