namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Anything with a kind and an API version.</summary>
public abstract class BaseKubernetesObject(string? apiVersion = null, string? kind = null)
{
    /// <summary>The API group and version.</summary>
    public string? ApiVersion { get; set; } = apiVersion;

    /// <summary>The kind.</summary>
    public string? Kind { get; set; } = kind;
}
