namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>What a pod is made from.</summary>
public sealed class PodTemplateSpecV1
{
    /// <summary>Labels and annotations of the pod.</summary>
    public ObjectMetaV1 Metadata { get; set; } = new();

    /// <summary>The pod.</summary>
    public PodSpecV1 Spec { get; set; } = new();
}

/// <summary>A pod: containers that share an address and volumes.</summary>
public sealed class PodSpecV1
{
    /// <summary>Whether the pod may speak to the cluster's API.</summary>
    public bool? AutomountServiceAccountToken { get; set; }

    /// <summary>Seconds between the signal to stop and the kill.</summary>
    public long? TerminationGracePeriodSeconds { get; set; }

    /// <summary>Rights of all containers.</summary>
    public PodSecurityContextV1? SecurityContext { get; set; }

    /// <summary>The containers.</summary>
    public List<ContainerV1> Containers { get; } = [];

    /// <summary>Labels that a node must have.</summary>
    public Dictionary<string, string> NodeSelector { get; } = [];

    /// <summary>Taints that the pod stands.</summary>
    public List<TolerationV1> Tolerations { get; } = [];

    /// <summary>Volumes that containers mount.</summary>
    public List<VolumeV1> Volumes { get; } = [];
}

/// <summary>A taint that a pod stands.</summary>
public sealed class TolerationV1
{
    /// <summary>The taint's key.</summary>
    public string? Key { get; set; }

    /// <summary><c>Exists</c> or <c>Equal</c>.</summary>
    public string? Operator { get; set; }

    /// <summary>The taint's value.</summary>
    public string? Value { get; set; }

    /// <summary>The taint's effect.</summary>
    public string? Effect { get; set; }
}

/// <summary>Rights of all containers of a pod.</summary>
public sealed class PodSecurityContextV1
{
    /// <summary>Refuses to run as root.</summary>
    public bool? RunAsNonRoot { get; set; }

    /// <summary>The user.</summary>
    public long? RunAsUser { get; set; }

    /// <summary>The group.</summary>
    public long? RunAsGroup { get; set; }

    /// <summary>The group that volumes belong to.</summary>
    public long? FsGroup { get; set; }

    /// <summary>When that group is applied.</summary>
    public string? FsGroupChangePolicy { get; set; }

    /// <summary>The system call filter.</summary>
    public SeccompProfileV1? SeccompProfile { get; set; }
}

/// <summary>A system call filter.</summary>
public sealed class SeccompProfileV1
{
    /// <summary><c>RuntimeDefault</c>, <c>Localhost</c> or <c>Unconfined</c>.</summary>
    public string? Type { get; set; }
}
