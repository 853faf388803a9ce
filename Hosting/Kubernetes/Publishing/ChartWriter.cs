namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>
/// Collects a chart's files and writes them at once: a model that cannot be published leaves an older chart as it is. What an earlier run left in
/// <c>templates</c> goes first, so that no stale object stays.
/// </summary>
internal sealed class ChartWriter(string root)
{
    /// <summary>The first line of Chart.yaml, by which a chart of ours is known.</summary>
    public const string Mark = "# Written by AppHost, which replaces the folder templates each time.\n";

    private const string Templates = "templates";
    private readonly string _root = Path.GetFullPath(root);
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    public void Add(string relativePath, string text) => _files[relativePath] = text;

    public void AddObject(string relativePath, object value)
    {
        if (!_files.TryAdd(relativePath, "---\n" + HelmYaml.Write(value)))
        {
            throw new DistributedApplicationException($"Two objects would be written to {relativePath}: give one of them another name.");
        }
    }

    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        var templates = Path.Combine(_root, Templates);
        if (Directory.Exists(templates))
        {
            var chart = Path.Combine(_root, "Chart.yaml");
            if (!File.Exists(chart) || !(await File.ReadAllTextAsync(chart, cancellationToken)).StartsWith(Mark, StringComparison.Ordinal))
            {
                throw new DistributedApplicationException(
                    $"{templates} was not written by AppHost, and would be deleted: choose another folder with --output-path."
                );
            }
            Directory.Delete(templates, recursive: true);
        }
        foreach (var (relativePath, text) in _files)
        {
            var path = Path.Combine(_root, relativePath);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text, cancellationToken);
        }
    }
}
