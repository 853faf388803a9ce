namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A volume of a pod.</summary>
public sealed class VolumeV1
{
    /// <summary>The name.</summary>
    public string? Name { get; set; }

    /// <summary>A claim.</summary>
    public PersistentVolumeClaimVolumeSourceV1? PersistentVolumeClaim { get; set; }

    /// <summary>Settings as files.</summary>
    public ConfigMapVolumeSourceV1? ConfigMap { get; set; }

    /// <summary>Space that goes with the pod.</summary>
    public EmptyDirVolumeSourceV1? EmptyDir { get; set; }
}

/// <summary>A claim by name.</summary>
public sealed class PersistentVolumeClaimVolumeSourceV1
{
    /// <summary>The claim's name.</summary>
    public string? ClaimName { get; set; }
}

/// <summary>Settings by name.</summary>
public sealed class ConfigMapVolumeSourceV1
{
    /// <summary>The settings' name.</summary>
    public string? Name { get; set; }
}

/// <summary>Space that goes with the pod.</summary>
public sealed class EmptyDirVolumeSourceV1
{
    /// <summary>The most it may hold.</summary>
    public string? SizeLimit { get; set; }
}
