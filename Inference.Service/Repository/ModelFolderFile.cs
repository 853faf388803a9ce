namespace Slipway.Inference.Service.Repository;

/// <summary>Reads small files that a configuration names, in a folder of the model's folder that is made for them.</summary>
internal static class ModelFolderFile
{
    private const int MaxBytes = 64 << 20;

    /// <summary>The file's bytes. Throws <see cref="RepositoryException"/> where it is not there, too large, or lies elsewhere.</summary>
    public static byte[] Read(string kind, string file, string versionFolder)
    {
        if (Path.IsPathRooted(file) || file.Split('/', '\\').Contains("..", StringComparer.Ordinal))
        {
            throw new RepositoryException($"file '{file}' must be a path inside the model's folder '{kind}'");
        }
        string[] folders = [Path.GetDirectoryName(versionFolder)!, versionFolder];
        var path = folders.Select(folder => Path.Combine(folder, kind, file)).FirstOrDefault(File.Exists);
        return path is not null && new FileInfo(path).Length <= MaxBytes
            ? File.ReadAllBytes(path)
            : throw new RepositoryException($"file '{kind}/{file}' is not there, or is larger than {MaxBytes} bytes");
    }
}
