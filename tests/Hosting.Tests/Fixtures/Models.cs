using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Run;

namespace Slipway.Hosting.Tests.Fixtures;

/// <summary>Shorthands for tests of the model.</summary>
internal static class Models
{
    public static IDistributedApplicationBuilder Builder(params string[] args) =>
        DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { Args = args, ProjectDirectory = AppContext.BaseDirectory }
        );

    /// <summary>Gives an endpoint its address, as a run does.</summary>
    public static void Allocate(IResourceWithEndpoints resource, string name, int port)
    {
        var endpoint = new EndpointReference(resource, name).EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", port);
    }

    public static Task<Dictionary<string, string>> GetVariablesAsync(IResourceBuilder<IResource> builder) =>
        EnvironmentEvaluator.GetVariablesAsync(builder.Resource, new(DistributedApplicationOperation.Run), CancellationToken.None);
}
