namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>Writes a chart's files below one folder; what an earlier run left in <c>templates</c> goes first, so that no stale object stays.</summary>
internal sealed class ChartWriter
{
    private readonly string _root;
    private readonly CancellationToken _cancellation;

    public ChartWriter(string root, CancellationToken cancellation)
    {
        _root = Path.GetFullPath(root);
        _cancellation = cancellation;
        var templates = Path.Combine(_root, "templates");
        if (Directory.Exists(templates))
        {
            if (!File.Exists(Path.Combine(_root, "Chart.yaml")))
            {
                throw new DistributedApplicationException(
                    $"{templates} exists but {_root} holds no Chart.yaml: choose another --output-path, so that nothing else is deleted."
                );
            }
            Directory.Delete(templates, recursive: true);
        }
    }

    public Task WriteAsync(string relativePath, string text)
    {
        var path = Path.Combine(_root, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return File.WriteAllTextAsync(path, text, _cancellation);
    }

    public Task WriteObjectAsync(string relativePath, object value) => WriteAsync(relativePath, "---\n" + HelmYaml.Write(value));
}
