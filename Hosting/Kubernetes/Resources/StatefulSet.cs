using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Pods with an identity and storage of their own.</summary>
public sealed class StatefulSet() : Workload("apps/v1", "StatefulSet")
{
    /// <inheritdoc />
    [YamlIgnore]
    public override PodTemplateSpecV1 PodTemplate => Spec.Template;

    /// <summary>What is wanted.</summary>
    public StatefulSetSpecV1 Spec { get; set; } = new();
}

/// <summary>What is wanted of a stateful set.</summary>
public sealed class StatefulSetSpecV1
{
    /// <summary>Pods.</summary>
    public int? Replicas { get; set; }

    /// <summary>The service that gives the pods their names.</summary>
    public string? ServiceName { get; set; }

    /// <summary>Which pods are its own.</summary>
    public LabelSelectorV1 Selector { get; set; } = new();

    /// <summary>What each pod is made from.</summary>
    public PodTemplateSpecV1 Template { get; set; } = new();

    /// <summary>Storage of each pod.</summary>
    public List<PersistentVolumeClaim> VolumeClaimTemplates { get; } = [];
}
