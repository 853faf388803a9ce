namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>Chooses objects by their labels.</summary>
public sealed class LabelSelectorV1
{
    /// <summary>Chooses everything.</summary>
    public LabelSelectorV1() { }

    /// <summary>Chooses what has all of these labels.</summary>
    public LabelSelectorV1(Dictionary<string, string> matchLabels) => MatchLabels = matchLabels;

    /// <summary>Labels that must match.</summary>
    public Dictionary<string, string> MatchLabels { get; set; } = [];
}
