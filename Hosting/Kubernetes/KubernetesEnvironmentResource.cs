using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Kubernetes;

/// <summary>A Kubernetes cluster as a place to publish to.</summary>
public sealed class KubernetesEnvironmentResource(string name) : Resource(name), IComputeEnvironmentResource
{
    /// <summary>Storage of a volume that says no size.</summary>
    public string DefaultStorageSize { get; set; } = "10Gi";

    /// <summary>The storage class; null for the cluster's default.</summary>
    public string? DefaultStorageClassName { get; set; }

    /// <summary>When images are pulled.</summary>
    public string DefaultImagePullPolicy { get; set; } = "IfNotPresent";

    /// <summary>The type of services.</summary>
    public string DefaultServiceType { get; set; } = "ClusterIP";

    internal HelmChartOptions Chart { get; } = new();
}
