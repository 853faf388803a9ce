using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Interchangeable pods, replaced gradually.</summary>
public sealed class Deployment() : Workload("apps/v1", "Deployment")
{
    /// <inheritdoc />
    [YamlIgnore]
    public override PodTemplateSpecV1 PodTemplate => Spec.Template;

    /// <summary>What is wanted.</summary>
    public DeploymentSpecV1 Spec { get; set; } = new();
}

/// <summary>What is wanted of a deployment.</summary>
public sealed class DeploymentSpecV1
{
    /// <summary>Pods.</summary>
    public int? Replicas { get; set; }

    /// <summary>Old revisions to keep.</summary>
    public int? RevisionHistoryLimit { get; set; }

    /// <summary>Seconds a new pod must stay ready.</summary>
    public int? MinReadySeconds { get; set; }

    /// <summary>Which pods are its own.</summary>
    public LabelSelectorV1 Selector { get; set; } = new();

    /// <summary>How pods are replaced.</summary>
    public DeploymentStrategyV1? Strategy { get; set; }

    /// <summary>What each pod is made from.</summary>
    public PodTemplateSpecV1 Template { get; set; } = new();
}

/// <summary>How pods are replaced: <c>RollingUpdate</c> or <c>Recreate</c>.</summary>
public sealed class DeploymentStrategyV1
{
    /// <summary>The way.</summary>
    public string? Type { get; set; }

    /// <summary>Bounds of a rolling update.</summary>
    public RollingUpdateDeploymentV1? RollingUpdate { get; set; }
}

/// <summary>Bounds of a rolling update.</summary>
public sealed class RollingUpdateDeploymentV1
{
    /// <summary>Pods above the wanted number.</summary>
    public int MaxSurge { get; set; }

    /// <summary>Pods below it.</summary>
    [YamlMember(DefaultValuesHandling = DefaultValuesHandling.Preserve)]
    public int MaxUnavailable { get; set; }
}
