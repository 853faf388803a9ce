namespace Slipway.Inference.Engine.Models;

/// <summary>Keeps external data inside the folder of the model: no absolute path, no way up, no link, only regular files that exist.</summary>
internal static class ExternalDataFiles
{
    /// <summary>The full paths of the files at these locations; a location that breaks the rule is a <see cref="ModelLoadException"/>.</summary>
    public static IReadOnlyList<string> Resolve(string folder, IEnumerable<string> locations)
    {
        var files = new List<string>();
        foreach (var location in locations)
        {
            if (Problem(folder, location, out var file) is { } problem)
            {
                throw new ModelLoadException(ModelLoadCodes.ExternalData, $"External data at '{Printable(location)}' {problem}.");
            }

            files.Add(file);
        }

        return files;
    }

    private static string? Problem(string folder, string location, out string file)
    {
        file = "";
        if (location.Length == 0 || location.Any(char.IsControl) || location.Contains('\uFFFD', StringComparison.Ordinal))
        {
            return "is not a file name";
        }

        // Both separators and a drive's colon are refused on every system: a model must mean the same everywhere.
        if (
            location[0] is '/' or '\\'
            || location.Contains('\\', StringComparison.Ordinal)
            || location.Contains(':', StringComparison.Ordinal)
        )
        {
            return "must be a relative path with forward slashes";
        }

        var path = folder;
        var segments = location.Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i] == "..")
            {
                return "leaves the model's folder";
            }

            path = Path.Combine(path, segments[i]);
            FileSystemInfo entry = i == segments.Length - 1 ? new FileInfo(path) : new DirectoryInfo(path);
            if (entry.LinkTarget is not null)
            {
                return "goes through a symbolic link";
            }

            if (!entry.Exists)
            {
                return "is missing in the model's folder";
            }
        }

        file = path;
        return null;
    }

    private static string Printable(string location)
    {
        var text = new string([.. location.Take(200).Select(c => char.IsControl(c) ? '?' : c)]);
        return location.Length > 200 ? text + "..." : text;
    }
}
