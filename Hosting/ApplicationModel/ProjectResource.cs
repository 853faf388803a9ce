namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project that is run, and built into an image where the application is deployed.</summary>
public class ProjectResource(string name)
    : Resource(name),
        IResourceWithEnvironment,
        IResourceWithArgs,
        IResourceWithServiceDiscovery,
        IResourceWithWaitSupport,
        IResourceWithProbes,
        IComputeResource { }
