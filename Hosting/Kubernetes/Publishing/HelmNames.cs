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

    /// <summary>The port that clients of a service use.</summary>
    public static int ServicePort(EndpointAnnotation endpoint) =>
        endpoint.Port ?? endpoint.TargetPort ?? (endpoint.UriScheme == "https" ? 8443 : 8080);

    /// <summary>The port that the container listens on.</summary>
    public static int ContainerPort(EndpointAnnotation endpoint) => endpoint.TargetPort ?? ServicePort(endpoint);

    /// <summary>AppHost's name as a chart's name.</summary>
    public static string Chart(string name) => NotAllowed().Replace(name.ToLowerInvariant(), "-").Trim('-');

    [GeneratedRegex("[^a-z0-9-]+")]
    private static partial Regex NotAllowed();
}
