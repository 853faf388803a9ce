namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>An object with a name: derive from it for a kind that has no class here.</summary>
public abstract class BaseKubernetesResource(string apiVersion, string kind) : BaseKubernetesObject(apiVersion, kind)
{
    /// <summary>Name, labels and annotations.</summary>
    public ObjectMetaV1 Metadata { get; set; } = new();
}
