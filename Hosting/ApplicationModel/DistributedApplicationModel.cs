namespace Aspire.Hosting.ApplicationModel;

/// <summary>The finished model: every resource of the application.</summary>
public sealed class DistributedApplicationModel(IResourceCollection resources)
{
    /// <summary>The resources, in the order in which they were added.</summary>
    public IResourceCollection Resources { get; } = resources;
}
