namespace Aspire.Hosting.ApplicationModel;

/// <summary>Says that one resource has to do with another: <c>Reference</c>, <c>WaitFor</c> or <c>Parent</c>.</summary>
public sealed class ResourceRelationshipAnnotation(IResource resource, string type) : IResourceAnnotation
{
    /// <summary>The type of a relationship made by <c>WithReference</c>.</summary>
    internal const string Reference = "Reference";

    /// <summary>The type of a relationship made by <c>WaitFor</c>.</summary>
    internal const string WaitFor = "WaitFor";

    /// <summary>The other resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>What the relationship is.</summary>
    public string Type { get; } = type;
}
