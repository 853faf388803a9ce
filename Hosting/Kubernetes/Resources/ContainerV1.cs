namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A container of a pod.</summary>
public sealed class ContainerV1
{
    /// <summary>The name, unique within the pod.</summary>
    public string? Name { get; set; }

    /// <summary>The image.</summary>
    public string? Image { get; set; }

    /// <summary>When the image is pulled.</summary>
    public string? ImagePullPolicy { get; set; }

    /// <summary>Replaces the image's entry point.</summary>
    public List<string> Command { get; } = [];

    /// <summary>Arguments.</summary>
    public List<string> Args { get; } = [];

    /// <summary>Ports it listens on.</summary>
    public List<ContainerPortV1> Ports { get; } = [];

    /// <summary>Variables one by one; a later one may use an earlier one as <c>$(NAME)</c>.</summary>
    public List<EnvVarV1> Env { get; } = [];

    /// <summary>Variables from settings and secrets as a whole.</summary>
    public List<EnvFromSourceV1> EnvFrom { get; } = [];

    /// <summary>What it is given and may use at most.</summary>
    public ResourceRequirementsV1? Resources { get; set; }

    /// <summary>Whether it has started; until then the other probes wait.</summary>
    public ProbeV1? StartupProbe { get; set; }

    /// <summary>Whether it may get requests.</summary>
    public ProbeV1? ReadinessProbe { get; set; }

    /// <summary>Whether it must be started anew.</summary>
    public ProbeV1? LivenessProbe { get; set; }

    /// <summary>Its rights.</summary>
    public SecurityContextV1? SecurityContext { get; set; }

    /// <summary>Volumes it sees.</summary>
    public List<VolumeMountV1> VolumeMounts { get; } = [];
}

/// <summary>A port that a container listens on.</summary>
public sealed class ContainerPortV1
{
    /// <summary>The name.</summary>
    public string? Name { get; set; }

    /// <summary><c>TCP</c> or <c>UDP</c>.</summary>
    public string? Protocol { get; set; }

    /// <summary>The number.</summary>
    public Int32OrStringV1? ContainerPort { get; set; }
}

/// <summary>What a container is given and may use at most, by resource name.</summary>
public sealed class ResourceRequirementsV1
{
    /// <summary>The least.</summary>
    public Dictionary<string, string> Requests { get; } = [];

    /// <summary>The most.</summary>
    public Dictionary<string, string> Limits { get; } = [];
}

/// <summary>Rights of a container.</summary>
public sealed class SecurityContextV1
{
    /// <summary>Whether it can gain rights.</summary>
    public bool? AllowPrivilegeEscalation { get; set; }

    /// <summary>Whether its own file system is read-only.</summary>
    public bool? ReadOnlyRootFilesystem { get; set; }

    /// <summary>Kernel capabilities.</summary>
    public CapabilitiesV1? Capabilities { get; set; }
}

/// <summary>Kernel capabilities to add and drop.</summary>
public sealed class CapabilitiesV1
{
    /// <summary>Added.</summary>
    public List<string> Add { get; } = [];

    /// <summary>Dropped.</summary>
    public List<string> Drop { get; } = [];
}

/// <summary>A volume as a container sees it.</summary>
public sealed class VolumeMountV1
{
    /// <summary>The volume's name.</summary>
    public string? Name { get; set; }

    /// <summary>The path inside the container.</summary>
    public string? MountPath { get; set; }

    /// <summary>A path inside the volume.</summary>
    public string? SubPath { get; set; }

    /// <summary>Whether it is read-only.</summary>
    public bool? ReadOnly { get; set; }
}
