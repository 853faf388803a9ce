using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>The names that Aspire's publisher gives: kept, so that charts of both are alike.</summary>
internal static partial class HelmNames
{
    /// <summary>A resource or parameter as a key of values.yaml.</summary>
    public static string Key(string name) => name.Replace('-', '_');

    /// <summary>The host name of a resource's service.</summary>
    public static string Service(IResource resource) => $"{resource.Name.ToLowerInvariant()}-service";

    /// <summary>The name of an endpoint's port.</summary>
    public static string Port(EndpointAnnotation endpoint) => endpoint.Name.ToLowerInvariant();

    /// <summary>The port that clients of a service use.</summary>
    public static int ServicePort(EndpointAnnotation endpoint) =>
        endpoint.Port ?? endpoint.TargetPort ?? (endpoint.UriScheme == "https" ? 8443 : 8080);

    /// <summary>The port that the container listens on.</summary>
    public static int ContainerPort(EndpointAnnotation endpoint) => endpoint.TargetPort ?? ServicePort(endpoint);

    /// <summary>A name as a chart's name.</summary>
    public static string Chart(string name) =>
        NotAllowed().Replace(name.ToLowerInvariant(), "-").Trim('-') is { Length: > 0 } chart ? chart : "aspire";

    /// <summary>Throws where a resource has names that are too long for the cluster.</summary>
    public static void Check(IResource resource)
    {
        // Both limits are Kubernetes': a service's name is a DNS label, a container port's name an IANA service name.
        if (Service(resource).Length > 63)
        {
            throw new DistributedApplicationException(
                $"The name '{resource.Name}' is too long for a service in a cluster: at most 55 characters."
            );
        }
        if (resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name.Length > 15) is { } endpoint)
        {
            throw new DistributedApplicationException(
                $"The endpoint name '{endpoint.Name}' of resource '{resource.Name}' is too long for a port in a cluster: at most 15 characters."
            );
        }
    }

    [GeneratedRegex("[^a-z0-9-]+")]
    private static partial Regex NotAllowed();
}
