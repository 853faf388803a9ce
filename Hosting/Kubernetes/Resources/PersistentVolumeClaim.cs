namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A claim to storage.</summary>
public sealed class PersistentVolumeClaim() : BaseKubernetesResource("v1", "PersistentVolumeClaim")
{
    /// <summary>What is wanted.</summary>
    public PersistentVolumeClaimSpecV1 Spec { get; set; } = new();
}

/// <summary>What is wanted of storage.</summary>
public sealed class PersistentVolumeClaimSpecV1
{
    /// <summary><c>ReadWriteOnce</c>, <c>ReadWriteMany</c> or <c>ReadOnlyMany</c>.</summary>
    public List<string> AccessModes { get; } = [];

    /// <summary>The class; null for the cluster's default.</summary>
    public string? StorageClassName { get; set; }

    /// <summary>How much.</summary>
    public VolumeResourceRequirementsV1 Resources { get; set; } = new();
}

/// <summary>How much storage.</summary>
public sealed class VolumeResourceRequirementsV1
{
    /// <summary>The least, under the key <c>storage</c>.</summary>
    public Dictionary<string, string> Requests { get; } = [];
}
