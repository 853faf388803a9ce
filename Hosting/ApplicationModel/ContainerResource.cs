namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource that is a container where the application is deployed.</summary>
public class ContainerResource(string name, string? entrypoint = null)
    : Resource(name),
        IResourceWithEnvironment,
        IResourceWithArgs,
        IResourceWithEndpoints,
        IResourceWithWaitSupport,
        IResourceWithProbes,
        IComputeResource
{
    /// <summary>Replaces the image's own entry point.</summary>
    public string? Entrypoint { get; set; } = entrypoint;
}
