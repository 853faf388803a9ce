using System.Net;
using System.Security.Cryptography;
using Slipway.Contracts.Http;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Training.Worker.Jobs;
using Environments = Slipway.Contracts.Registry.Environments;

namespace Slipway.Training.Worker.Registration;

/// <summary>Downloads the model that serves production, so that both are judged by the same rows. Each file is checked against its digest.</summary>
internal sealed class IncumbentStore(RemoteServices services, TrainingOptions options)
{
    private const string ModelFile = "model.onnx";
    private const int DownloadTries = 3;

    /// <summary>Null where the model has no production version whose files can be had; the job's log says why.</summary>
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
        var obstacle = await FetchFilesAsync(job, registry, version?.Files ?? [], folder, ct);
        if (obstacle is not null)
        {
            job.Log.Write($"Version {number} is not compared with: {obstacle}");
            return null;
        }
        job.Log.Write($"Version {number} will be evaluated on the same rows.");
        return new Incumbent(number, Path.Combine(folder, ModelFile));
    }

    /// <summary>What stands in the way, or null when all files are there.</summary>
    private async Task<string?> FetchFilesAsync(
        JobContext job,
        RegistryClient registry,
        IReadOnlyList<ServedFile> files,
        string folder,
        CancellationToken ct
    )
    {
        if (files.All(file => file.Path != ModelFile))
        {
            return $"it has no file {ModelFile}.";
        }
        if (files.Sum(file => file.SizeBytes) > options.MaxDatasetBytes)
        {
            return "it is larger than Training:MaxDatasetBytes.";
        }
        foreach (var file in files)
        {
            var path = Path.GetFullPath(Path.Combine(folder, file.Path));
            if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                return "it has a file outside its folder.";
            }
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!await FetchFileAsync(job, registry, file.Sha256, path, ct))
            {
                return $"its file {file.Path} is gone, or has other bytes than it was registered with.";
            }
        }
        return null;
    }

    /// <summary>False when the file does not exist, or arrives with another digest time and again.</summary>
    private static async Task<bool> FetchFileAsync(
        JobContext job,
        RegistryClient registry,
        string sha256,
        string path,
        CancellationToken ct
    )
    {
        for (var i = 0; i < DownloadTries; i++)
        {
            try
            {
                if (await job.CallAsync(RemoteServices.RegistryName, token => DownloadAsync(registry, sha256, path, token), ct) == sha256)
                {
                    return true;
                }
            }
            catch (ApiException e) when (e.Status == HttpStatusCode.NotFound)
            {
                return false;
            }
        }
        return false;
    }

    private static async Task<string> DownloadAsync(RegistryClient registry, string sha256, string path, CancellationToken ct)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        await registry.DownloadBlobAsync(sha256, file, ct);
        file.Position = 0;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct));
    }
}
