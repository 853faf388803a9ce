using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Publishing;

#pragma warning disable IDE0130 // Aspire has its extension methods in the root namespace, whatever their folder.
namespace Aspire.Hosting;

#pragma warning restore IDE0130

/// <summary>Adds a Kubernetes cluster to publish to.</summary>
public static class KubernetesEnvironmentExtensions
{
    /// <summary>Adds a cluster: <c>--operation publish --step publish</c> writes a Helm chart for it. It has no effect on a local run.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> AddKubernetesEnvironment(
        this IDistributedApplicationBuilder builder,
        string name
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        var environment = new KubernetesEnvironmentResource(name);
        return builder.ExecutionContext.IsPublishMode
            ? builder
                .AddResource(environment)
                .WithAnnotation(new PublishingCallbackAnnotation(context => new HelmPublisher(environment, context).PublishAsync()))
            : builder.CreateResourceBuilder(environment);
    }

    /// <summary>Names the chart.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> WithHelm(
        this IResourceBuilder<KubernetesEnvironmentResource> builder,
        Action<HelmChartOptions>? configure = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        configure?.Invoke(builder.Resource.Chart);
        return builder;
    }

    /// <summary>Aspire adds its own dashboard to a chart unless told not to; this runtime has none to add.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> WithDashboard(
        this IResourceBuilder<KubernetesEnvironmentResource> builder,
        bool enabled = true
    ) =>
        enabled
            ? throw new DistributedApplicationException("This runtime publishes no dashboard of Aspire's: call WithDashboard(false).")
            : builder;

    /// <summary>Changes the cluster's defaults.</summary>
    public static IResourceBuilder<KubernetesEnvironmentResource> WithProperties(
        this IResourceBuilder<KubernetesEnvironmentResource> builder,
        Action<KubernetesEnvironmentResource> configure
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        configure(builder.Resource);
        return builder;
    }
}
