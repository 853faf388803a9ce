using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

#pragma warning disable CA1040 // Aspire's shape: these marks decide which extension methods a resource takes.

/// <summary>A resource that is started with environment variables.</summary>
public interface IResourceWithEnvironment : IResource { }

/// <summary>A resource that is started with command line arguments.</summary>
public interface IResourceWithArgs : IResource { }

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource { }

/// <summary>A resource whose start can be held back until another one is ready.</summary>
public interface IResourceWithWaitSupport : IResource { }

/// <summary>A resource that the cluster can probe.</summary>
[Experimental("ASPIREPROBES001")]
public interface IResourceWithProbes : IResource { }

/// <summary>A resource that becomes a workload where the application is deployed.</summary>
public interface IComputeResource : IResource { }

/// <summary>A place that an application can be deployed to.</summary>
public interface IComputeEnvironmentResource : IResource { }

/// <summary>A resource that lives within another one.</summary>
public interface IResourceWithParent : IResource
{
    /// <summary>The resource that holds this one.</summary>
    IResource Parent { get; }
}

/// <summary>A resource that lives within another one of a known type.</summary>
public interface IResourceWithParent<out T> : IResourceWithParent
    where T : IResource
{
    /// <summary>The resource that holds this one.</summary>
    new T Parent { get; }

    IResource IResourceWithParent.Parent => Parent;
}
