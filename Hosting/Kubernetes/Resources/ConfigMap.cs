namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Settings that are not secret.</summary>
public sealed class ConfigMap() : BaseKubernetesResource("v1", "ConfigMap")
{
    /// <summary>The settings.</summary>
    public Dictionary<string, string> Data { get; } = [];
}
