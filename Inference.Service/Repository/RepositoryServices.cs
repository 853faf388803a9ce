using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Repository;

/// <summary>Adds the model repository: of folders where the configuration names some, else a view of what the registry wants.</summary>
internal static class RepositoryServices
{
    /// <summary>Whether the service serves folders of models, without a registry, a broker and a prediction log.</summary>
    public static bool ServesRepository(this WebApplicationBuilder builder) =>
        builder.Configuration.GetSection($"{RepositoryOptions.Section}:Paths").GetChildren().Any();

    /// <summary>For a service that follows the registry.</summary>
    public static IServiceCollection AddRegistryControl(this IServiceCollection services) =>
        services.AddRepositoryOptions().AddSingleton<IRepositoryControl, RegistryControl>();

    /// <summary>For a service of folders.</summary>
    public static IServiceCollection AddRepository(this IServiceCollection services) =>
        services
            .AddRepositoryOptions()
            .AddSingleton<RepositoryCatalog>()
            .AddSingleton<RepositoryOverrides>()
            .AddSingleton<RepositoryController>()
            .AddSingleton<IRepositoryControl>(provider => provider.GetRequiredService<RepositoryController>())
            .AddSingleton<IModelFiles, RepositoryFiles>()
            .AddHostedService<RepositoryWorker>();

    private static IServiceCollection AddRepositoryOptions(this IServiceCollection services)
    {
        services.AddOptions<RepositoryOptions>().BindConfiguration(RepositoryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
