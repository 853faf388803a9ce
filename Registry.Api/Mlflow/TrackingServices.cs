using Slipway.Registry.Api.Datasets;
using Slipway.Registry.Api.Experiments;
using Slipway.Registry.Api.LoggedModels;
using Slipway.Registry.Api.Runs;

namespace Slipway.Registry.Api.Mlflow;

/// <summary>MLflow's tracking API as a whole: what it needs, and where its routes stand.</summary>
internal static class TrackingServices
{
    public static IServiceCollection AddTracking(this IServiceCollection services) =>
        services
            .AddSingleton<ExperimentStore>()
            .AddSingleton<RunStore>()
            .AddSingleton<PointWriter>()
            .AddSingleton<RunLogStore>()
            .AddSingleton<RunSearch>()
            .AddSingleton<MetricHistoryStore>()
            .AddSingleton<DatasetStore>()
            .AddSingleton<RunLinkStore>()
            .AddSingleton<LoggedModelStore>()
            .AddSingleton<LoggedModelSearch>();

    /// <summary>What lies under <c>2.0/mlflow</c>.</summary>
    public static void Map(RouteGroupBuilder mlflow)
    {
        ExperimentsApi.Map(mlflow);
        RunsApi.Map(mlflow);
        MetricHistoryApi.Map(mlflow);
        DatasetsApi.Map(mlflow);
        LoggedModelsApi.Map(mlflow);
    }

    /// <summary>The few routes with other prefixes.</summary>
    public static void MapElsewhere(IEndpointRouteBuilder app)
    {
        app.MapTwins("/2.11/mlflow", MetricHistoryApi.MapInterval);
        app.MapTwins("/3.0/mlflow", ServerInfoApi.Map);
        DatasetsApi.MapWithoutSlash(app);
    }
}
