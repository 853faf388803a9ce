using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Gives a resource another one's connection string, whole (<c>ConnectionStrings__name</c>) and in parts (<c>NAME_HOST</c>).</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null,
        bool optional = false
    )
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        var resource = source.Resource;
        var name = connectionName ?? resource.Name;
        return builder
            .WithAnnotation(new ResourceRelationshipAnnotation(resource, ResourceRelationshipAnnotation.Reference))
            .WithEnvironment(context =>
            {
                if (resource.Annotations.OfType<AbsentAnnotation>().Any())
                {
                    return;
                }

                var variable = resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{name}";
                context.EnvironmentVariables[variable] = new ConnectionStringReference(resource, optional);
                foreach (var (key, value) in resource.GetConnectionProperties())
                {
                    context.EnvironmentVariables[$"{VariableName.From(name)}_{key.ToUpperInvariant()}"] = value;
                }
            });
    }

    /// <summary>Lets a resource find all of another one's endpoints by name (<c>services__name__http__0</c>, <c>NAME_HTTP</c>).</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithServiceDiscovery> source
    )
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return builder.WithReference(source, source.Resource.Name);
    }

    /// <summary>Lets a resource find all of another one's endpoints, under a name of its own.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithServiceDiscovery> source,
        string name
    )
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        return builder
            .WithAnnotation(new ResourceRelationshipAnnotation(source.Resource, ResourceRelationshipAnnotation.Reference))
            .WithEnvironment(context => ServiceDiscovery.AddEndpoints(context, source.Resource, name));
    }

    /// <summary>Lets a resource find one endpoint of another one.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        EndpointReference endpointReference
    )
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(endpointReference);
        return builder
            .WithAnnotation(new ResourceRelationshipAnnotation(endpointReference.Resource, ResourceRelationshipAnnotation.Reference))
            .WithEnvironment(context => ServiceDiscovery.AddEndpoint(context, endpointReference, endpointReference.Resource.Name));
    }
}
