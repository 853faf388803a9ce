namespace Slipway.Inference.Service.Containers;

/// <summary>Adds what the container routes need.</summary>
internal static class ContainerServices
{
    public static IServiceCollection AddContainerRoutes(this IServiceCollection services)
    {
        services.AddOptions<ContainerOptions>().BindConfiguration(ContainerOptions.Section);
        return services
            .AddSingleton<OnlyModel>()
            .AddSingleton<MultiModelApi>()
            // Before the shortcut of predictions, which reads the path that this writes.
            .AddTransient<IStartupFilter, VertexRedirect>();
    }
}
