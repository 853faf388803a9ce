using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;

#pragma warning disable IDE0130 // Aspire has its extension methods in the root namespace, whatever their folder.
namespace Aspire.Hosting;

#pragma warning restore IDE0130

/// <summary>Changes what a resource becomes in a cluster.</summary>
public static class KubernetesServiceExtensions
{
    /// <summary>Changes the generated objects before they are written.</summary>
    public static IResourceBuilder<T> PublishAsKubernetesService<T>(this IResourceBuilder<T> builder, Action<KubernetesResource> configure)
        where T : IComputeResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.WithAnnotation(new KubernetesServiceAnnotation(configure));
    }
}
