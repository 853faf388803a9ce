namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A controller of pods.</summary>
public abstract class Workload(string apiVersion, string kind) : BaseKubernetesResource(apiVersion, kind)
{
    /// <summary>What each pod is made from.</summary>
    public abstract PodTemplateSpecV1 PodTemplate { get; }
}
