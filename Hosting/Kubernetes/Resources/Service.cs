namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>One address for a set of pods.</summary>
public sealed class Service() : BaseKubernetesResource("v1", "Service")
{
    /// <summary>What is wanted.</summary>
    public ServiceSpecV1 Spec { get; set; } = new();
}

/// <summary>What is wanted of a service.</summary>
public sealed class ServiceSpecV1
{
    /// <summary><c>ClusterIP</c>, <c>NodePort</c> or <c>LoadBalancer</c>.</summary>
    public string? Type { get; set; }

    /// <summary>Which pods answer.</summary>
    public Dictionary<string, string> Selector { get; set; } = [];

    /// <summary>Ports.</summary>
    public List<ServicePortV1> Ports { get; } = [];
}

/// <summary>A port of a service.</summary>
public sealed class ServicePortV1
{
    /// <summary>The name, unique within the service.</summary>
    public string? Name { get; set; }

    /// <summary><c>TCP</c> or <c>UDP</c>.</summary>
    public string? Protocol { get; set; }

    /// <summary>The port that clients use.</summary>
    public Int32OrStringV1? Port { get; set; }

    /// <summary>The pod's port, by number or name.</summary>
    public Int32OrStringV1? TargetPort { get; set; }
}
