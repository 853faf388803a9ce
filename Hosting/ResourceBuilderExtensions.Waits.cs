using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Holds back the start until the other resource (and what contains it) is running and healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Wait(dependency, WaitType.WaitUntilHealthy, null, 0);

    /// <summary>Holds back the start until the other resource is running and healthy, and says what to do if it fails.</summary>
    public static IResourceBuilder<T> WaitFor<T>(
        this IResourceBuilder<T> builder,
        IResourceBuilder<IResource> dependency,
        WaitBehavior waitBehavior
    )
        where T : IResourceWithWaitSupport => builder.Wait(dependency, WaitType.WaitUntilHealthy, waitBehavior, 0);

    /// <summary>Holds back the start until the other resource is running.</summary>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Wait(dependency, WaitType.WaitUntilStarted, null, 0);

    /// <summary>Holds back the start until the other resource has ended with the given exit code.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(
        this IResourceBuilder<T> builder,
        IResourceBuilder<IResource> dependency,
        int exitCode = 0
    )
        where T : IResourceWithWaitSupport => builder.Wait(dependency, WaitType.WaitForCompletion, null, exitCode);

    private static IResourceBuilder<T> Wait<T>(
        this IResourceBuilder<T> builder,
        IResourceBuilder<IResource> dependency,
        WaitType type,
        WaitBehavior? behavior,
        int exitCode
    )
        where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(dependency);
        IResource waiter = builder.Resource;
        var other = dependency.Resource;
        if (ReferenceEquals(waiter, other))
        {
            throw new DistributedApplicationException($"The '{waiter.Name}' resource cannot wait for itself.");
        }

        if (waiter is IResourceWithParent child && ReferenceEquals(child.Parent, other))
        {
            throw new DistributedApplicationException($"The '{waiter.Name}' resource cannot wait for its parent '{other.Name}'.");
        }

        if (other is IResourceWithParent { Parent: { } parent } && type != WaitType.WaitForCompletion)
        {
            builder.Wait(builder.ApplicationBuilder.CreateResourceBuilder(parent), type, behavior, exitCode);
        }

        return builder
            .WithAnnotation(new ResourceRelationshipAnnotation(other, ResourceRelationshipAnnotation.WaitFor))
            .WithAnnotation(new WaitAnnotation(other, type, exitCode) { WaitBehavior = behavior });
    }
}
