using System.Security.Cryptography;
using System.Text;
using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Models;

namespace Slipway.Inference.Service.Repository;

/// <summary>Makes the versions of a repository's model into versions to serve, each with a digest over its configuration and its files.</summary>
internal static class RepositoryDigests
{
    private const int MaxFiles = 10_000;

    /// <summary>Reads every file of every version; throws <see cref="RepositoryException"/> where one cannot be read.</summary>
    public static async Task<IReadOnlyList<ServedModelVersion>> ComputeAsync(RepositoryModel model, CancellationToken ct)
    {
        var config = ModelConfigFile.Format(model.Config);
        var versions = new List<ServedModelVersion>(model.Versions.Count);
        foreach (var version in model.Versions)
        {
            try
            {
                versions.Add(await ComputeAsync(model.Name, config, version, ct));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RepositoryException($"version {version.Number} of model '{model.Name}' cannot be read: {e.GetType().Name}");
            }
        }
        return versions;
    }

    private static async Task<ServedModelVersion> ComputeAsync(string name, string config, RepositoryVersion version, CancellationToken ct)
    {
        if (version.ModelFile is { } file && !File.Exists(Path.Combine(version.Folder, file)))
        {
            throw new RepositoryException($"unable to find '{version.Number}/{file}' of model '{name}'");
        }
        var paths = Directory.EnumerateFiles(version.Folder, "*", SearchOption.AllDirectories).Take(MaxFiles + 1).ToArray();
        if (paths.Length > MaxFiles)
        {
            throw new RepositoryException($"version {version.Number} of model '{name}' has more than {MaxFiles} files");
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(config));
        var files = new List<ServedFile>(paths.Length);
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(version.Folder, path).Replace('\\', '/');
            var digest = await FileDigest.ComputeAsync(path, ct);
            files.Add(new ServedFile(relative, digest, new FileInfo(path).Length));
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{relative}\0{digest}"));
        }
        return new ServedModelVersion
        {
            Model = name,
            Version = version.Number,
            Digest = Convert.ToHexStringLower(hash.GetHashAndReset()),
            ModelFile = version.ModelFile ?? "",
            Files = files,
            Configuration = config,
        };
    }
}
