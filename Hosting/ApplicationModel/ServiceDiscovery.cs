namespace Aspire.Hosting.ApplicationModel;

/// <summary>Writes the variables by which programs find each other's endpoints.</summary>
internal static class ServiceDiscovery
{
    public static void AddEndpoints(EnvironmentCallbackContext context, IResourceWithEndpoints resource, string name)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => !e.ExcludeReferenceEndpoint))
        {
            AddEndpoint(context, new EndpointReference(resource, endpoint), name);
        }
    }

    public static void AddEndpoint(EnvironmentCallbackContext context, EndpointReference endpoint, string name)
    {
        var variables = context.EnvironmentVariables;
        var key = endpoint.IsHttpSchemeNamedEndpoint ? endpoint.Scheme : endpoint.EndpointName;
        var index = 0;
        while (variables.TryGetValue($"services__{name}__{key}__{index}", out var old) && !IsSame(old, endpoint))
        {
            index++;
        }

        variables[$"services__{name}__{key}__{index}"] = endpoint;
        variables[$"{VariableName.From(name)}_{VariableName.From(endpoint.EndpointName)}"] = endpoint;
    }

    // Referring to the same endpoint twice is not a collision.
    private static bool IsSame(object value, EndpointReference endpoint) =>
        value is EndpointReference other
        && ReferenceEquals(other.Resource, endpoint.Resource)
        && other.EndpointName == endpoint.EndpointName;
}
