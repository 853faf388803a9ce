using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    // Aspire's order: without a name, https is taken where there is one. Name the endpoint to mean http.
    private static readonly string[] s_httpEndpointNames = ["https", "http"];

    /// <summary>Ties the health of a resource to a health check that is registered in the builder's services.</summary>
    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(a => a.Key == key)
            ? throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' already has a health check with key '{key}'.")
            : builder.WithAnnotation(new HealthCheckAnnotation(key));
    }

    /// <summary>Counts a resource as healthy while a GET of <paramref name="path"/> answers with exactly <paramref name="statusCode"/> (200).</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder,
        string? path = null,
        int? statusCode = null,
        string? endpointName = null
    )
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithHttpHealthCheck(Selector(builder, endpointName, "HTTP health check"), path, statusCode);
    }

    /// <summary>Counts a resource as healthy while a GET to the selected endpoint answers with exactly <paramref name="statusCode"/> (200).</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder,
        Func<EndpointReference>? endpointSelector,
        string? path = null,
        int? statusCode = null
    )
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = (endpointSelector ?? Selector(builder, null, "HTTP health check"))();
        if (endpoint.Exists && endpoint.Scheme is not ("http" or "https"))
        {
            throw new DistributedApplicationException(
                $"The endpoint '{endpoint.EndpointName}' on resource '{builder.Resource.Name}' does not have an HTTP scheme: a health check cannot ask it."
            );
        }

        path ??= "/";
        var status = statusCode ?? 200;
        var key = $"{builder.Resource.Name}_{endpoint.EndpointName}_{path}_{status}_check";
        builder.WithHealthCheck(key);
        builder
            .ApplicationBuilder.Services.AddHealthChecks()
            .Add(
                new HealthCheckRegistration(key, _ => new HttpEndpointHealthCheck(endpoint, path, status), failureStatus: null, tags: null)
            );
        return builder;
    }

    /// <summary>Lets the cluster probe an HTTP endpoint, and AppHost check it. A second probe of one type replaces the first.</summary>
    [Experimental("ASPIREPROBES001")]
    public static IResourceBuilder<T> WithHttpProbe<T>(
        this IResourceBuilder<T> builder,
        ProbeType type,
        string? path = null,
        int? initialDelaySeconds = null,
        int? periodSeconds = null,
        int? timeoutSeconds = null,
        int? failureThreshold = null,
        int? successThreshold = null,
        string? endpointName = null
    )
        where T : IResourceWithEndpoints, IResourceWithProbes
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = Selector(builder, endpointName, "HTTP probe")();
        if (!endpoint.Exists)
        {
            throw new DistributedApplicationException(
                $"Could not create HTTP probe for resource '{builder.Resource.Name}': no endpoint was found matching '{endpoint.EndpointName}'."
            );
        }

        var old = builder.Resource.Annotations.OfType<EndpointProbeAnnotation>().FirstOrDefault(p => p.Type == type);
        if (old is not null)
        {
            builder.Resource.Annotations.Remove(old);
        }

        return builder
            .WithAnnotation(
                new EndpointProbeAnnotation
                {
                    Type = type,
                    EndpointReference = endpoint,
                    Path = path ?? "/",
                    InitialDelaySeconds = initialDelaySeconds ?? 5,
                    PeriodSeconds = periodSeconds ?? 5,
                    TimeoutSeconds = timeoutSeconds ?? 1,
                    FailureThreshold = failureThreshold ?? 3,
                    SuccessThreshold = successThreshold ?? 1,
                }
            )
            .WithHttpHealthCheck(() => endpoint, path);
    }

    private static Func<EndpointReference> Selector<T>(IResourceBuilder<T> builder, string? endpointName, string purpose)
        where T : IResourceWithEndpoints =>
        () =>
        {
            if (endpointName is not null)
            {
                return builder.GetEndpoint(endpointName);
            }

            return s_httpEndpointNames.Select(builder.GetEndpoint).FirstOrDefault(e => e.Exists)
                ?? throw new DistributedApplicationException(
                    $"Could not create {purpose} for resource '{builder.Resource.Name}': no endpoint was found matching one of: {string.Join(", ", s_httpEndpointNames)}."
                );
        };
}
