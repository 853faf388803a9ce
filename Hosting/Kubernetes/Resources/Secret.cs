namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Settings that are secret.</summary>
public sealed class Secret() : BaseKubernetesResource("v1", "Secret")
{
    /// <summary>The kind of secret.</summary>
    public string? Type { get; set; } = "Opaque";

    /// <summary>The settings, unencoded.</summary>
    public Dictionary<string, string> StringData { get; } = [];
}
