using System.Globalization;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>Reads the label files that a configuration names, one label a line.</summary>
internal static class LabelFiles
{
    private const int MaxBytes = 16 << 20;

    /// <summary>
    /// Labels by output. A file lies in the model's folder, as Triton has it, or beside the model file. Throws <see cref="RepositoryException"/> where it does not.
    /// </summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(ModelConfig config, string versionFolder)
    {
        var labels = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var output in config.Output.Where(output => output.LabelFilename.Length > 0))
        {
            var path = Find(output.LabelFilename, versionFolder);
            if (path is null || new FileInfo(path).Length > MaxBytes)
            {
                throw new RepositoryException(
                    $"label file '{output.LabelFilename}' of output '{output.Name}' is not there, is larger than {MaxBytes} bytes, or lies outside the model's folder"
                );
            }
            labels[output.Name] =
            [
                .. File.ReadLines(path).Select(line => line.TrimEnd()).Reverse().SkipWhile(line => line.Length == 0).Reverse(),
            ];
        }
        return labels;
    }

    private static string? Find(string file, string versionFolder)
    {
        if (Path.IsPathRooted(file) || file.Split('/', '\\').Contains("..", StringComparer.Ordinal))
        {
            return null;
        }
        // Only a version of a repository, a folder with a number, lies in a folder of its model: beside one of the registry's lie those of other models.
        string[] folders = int.TryParse(Path.GetFileName(versionFolder), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? [versionFolder, Path.GetDirectoryName(versionFolder)!]
            : [versionFolder];
        return folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}
