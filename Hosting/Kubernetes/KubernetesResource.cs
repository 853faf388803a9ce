using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;

namespace Aspire.Hosting.Kubernetes;

/// <summary>The objects that a resource of the model becomes in the cluster; <c>PublishAsKubernetesService</c> may change them.</summary>
public class KubernetesResource(string name, IResource resource, KubernetesEnvironmentResource kubernetesEnvironmentResource)
    : Resource(name),
        IResourceWithParent<KubernetesEnvironmentResource>
{
    /// <summary>The cluster.</summary>
    public KubernetesEnvironmentResource Parent { get; } = kubernetesEnvironmentResource;

    /// <summary>The controller of its pods.</summary>
    public Workload? Workload { get; set; }

    /// <summary>Its address.</summary>
    public Service? Service { get; set; }

    /// <summary>Its settings.</summary>
    public ConfigMap? ConfigMap { get; set; }

    /// <summary>Its secrets beyond the chart's own.</summary>
    public Secret? Secret { get; set; }

    /// <summary>Objects beyond these.</summary>
    public List<BaseKubernetesResource> AdditionalResources { get; } = [];

    internal IResource Source { get; } = resource;
}
