using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Collects the resources of an application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The assembly that holds the model.</summary>
    Assembly? AppHostAssembly { get; }

    /// <summary>The folder that relative paths count from.</summary>
    string AppHostDirectory { get; }

    /// <summary>The configuration: settings files, environment, command line.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>The environment: Development, Production, ...</summary>
    IHostEnvironment Environment { get; }

    /// <summary>What AppHost was started for.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>The resources added so far.</summary>
    IResourceCollection Resources { get; }

    /// <summary>The services of AppHost itself, such as health checks.</summary>
    IServiceCollection Services { get; }

    /// <summary>Adds a resource; throws where its name is taken.</summary>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>Finishes the model.</summary>
    DistributedApplication Build();

    /// <summary>Wraps a resource without adding it.</summary>
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;
}
