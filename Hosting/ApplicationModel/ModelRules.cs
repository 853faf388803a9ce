namespace Aspire.Hosting.ApplicationModel;

/// <summary>Rules over the whole model, which Aspire's own runtime enforces when it starts.</summary>
internal static class ModelRules
{
    public static void Check(IEnumerable<IResource> resources)
    {
        foreach (var resource in resources)
        {
            var replicas = resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                Check(resource, endpoint, replicas);
            }
        }
    }

    private static void Check(IResource resource, EndpointAnnotation endpoint, int replicas)
    {
        var what = $"The endpoint '{endpoint.Name}' of resource '{resource.Name}'";
        if (endpoint.IsProxied && resource is not ContainerResource && endpoint.Port is { } port && port == endpoint.TargetPort)
        {
            throw new DistributedApplicationException(
                $"{what} is proxied and has the same port and target port ({port}): leave one of them out, or pass isProxied: false."
            );
        }

        if (replicas > 1 && resource is ProjectResource && (endpoint.TargetPort is not null || !endpoint.IsProxied))
        {
            throw new DistributedApplicationException(
                $"{what} cannot have a fixed target port or be without a proxy, because the resource has {replicas} replicas."
            );
        }
    }
}
