namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Name, labels and annotations of an object.</summary>
public sealed class ObjectMetaV1
{
    /// <summary>The name.</summary>
    public string? Name { get; set; }

    /// <summary>The namespace; null for the release's.</summary>
    public string? Namespace { get; set; }

    /// <summary>Labels.</summary>
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>Annotations.</summary>
    public Dictionary<string, string> Annotations { get; } = [];
}
