using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Contracts;
using Slipway.Messaging;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Artifacts;
using Slipway.Registry.Api.Audit;
using Slipway.Registry.Api.Comparisons;
using Slipway.Registry.Api.Copies;
using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Endpoints;
using Slipway.Registry.Api.Events;
using Slipway.Registry.Api.Home;
using Slipway.Registry.Api.Lineage;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Models;
using Slipway.Registry.Api.Policies;
using Slipway.Registry.Api.Promotions;
using Slipway.Registry.Api.Serving;
using Slipway.Registry.Api.Telemetry;
using Slipway.Registry.Api.Vetting;
using Slipway.Registry.Api.Webhooks;
using Slipway.ServiceDefaults;

namespace Slipway.Registry.Api;

/// <summary>The registry as a whole, for its own process and for a process that holds every role.</summary>
public static class RegistryServiceExtensions
{
    private const string ServiceName = "registry";

    /// <summary>Adds the registry. Needs <c>ConnectionStrings:registrydb</c> and messaging; settings are in the section <c>Registry</c>.</summary>
    public static WebApplicationBuilder AddRegistry(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddServiceDefaults(ServiceName);
        builder.AddMessaging(_ => { });
        builder.AddAccess();
        AddDatabase(builder);
        builder.AddArtifacts(ServiceName);
        builder.AddAudit();
        builder.AddEvents();
        builder.AddLineage();
        builder.AddWebhooks(builder.GetDataFolder(ServiceName));
        builder
            .Services.AddSingleton<IProblemDetailsWriter, MlflowProblemWriter>()
            .AddTracking()
            .AddSingleton<SourceResolver>()
            .AddSingleton<RegisteredModelReader>()
            .AddSingleton<RegisteredModelStore>()
            .AddSingleton<ModelGate>()
            .AddSingleton<AliasLookup>()
            .AddSingleton<ModelVersionReader>()
            .AddSingleton<ModelVersionStore>()
            .AddSingleton<AliasStore>()
            .AddSingleton<ModelOverviewStore>()
            .AddSingleton<EndpointStore>()
            .AddSingleton<ServingNotifier>()
            .AddSingleton<RegistryMetrics>()
            .AddSingleton<ServingRevision>()
            .AddSingleton<ServingStateStore>()
            .AddHostedService<ServingWatchWorker>()
            .AddHostedService<ServingHintWorker>();
        AddVetting(builder);
        builder.AddPolicies();
        builder.AddPromotions();
        builder.AddComparisons();
        builder.AddCopies();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default));
        return builder;
    }

    /// <summary>Maps the routes.</summary>
    public static WebApplication MapRegistry(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<RefusalMiddleware>();
        app.UseAccess();
        app.MapDefaultEndpoints();
        HomeApi.Map(app);
        app.MapTwins(
            "/2.0/mlflow",
            group =>
            {
                TrackingServices.Map(group);
                RegisteredModelsApi.Map(group);
                ModelVersionsApi.Map(group);
                MlflowUsersApi.Map(group);
                MlflowPermissionsApi.Map(group);
                WebhooksApi.Map(group);
            }
        );
        TrackingServices.MapElsewhere(app);
        app.MapArtifacts();
        AccessApi.Map(app);
        ModelOverviewApi.Map(app);
        app.MapPromotions();
        app.MapComparisons();
        app.MapCopies();
        EndpointsApi.Map(app);
        ServingStateApi.Map(app);
        AuditApi.Map(app);
        DeliveriesApi.Map(app);
        LineageApi.Map(app);
        return app;
    }

    private static void AddDatabase(WebApplicationBuilder builder)
    {
        var connection = builder.Configuration.GetConnectionString(RegistryDataSource.ConnectionName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new InvalidOperationException(
                $"ConnectionStrings:{RegistryDataSource.ConnectionName} is not set (environment variable ConnectionStrings__{RegistryDataSource.ConnectionName}): the registry needs PostgreSQL. With --data DIR it brings its own."
            );
        }
        AddOptions<RegistryDatabaseOptions>(builder, RegistryDatabaseOptions.Section);
        builder.Services.AddSingleton(services =>
            RegistryDataSource.Create(connection, services.GetRequiredService<IOptions<RegistryDatabaseOptions>>().Value)
        );
        builder.Services.AddSingleton(services =>
            RegistryDataSource.CreateForFixedPlans(connection, services.GetRequiredService<IOptions<RegistryDatabaseOptions>>().Value)
        );
        builder.Services.AddPooledDbContextFactory<RegistryDb>(
            (services, options) => DatabaseMigration.Configure(options, services.GetRequiredService<NpgsqlDataSource>())
        );
        builder.Services.AddSingleton<DatabaseMigration>().AddSingleton<DatabaseReadiness>().AddHostedService<DatabaseMigrationWorker>();
        builder.Services.AddReadyCheck("database", CheckDatabaseAsync);
    }

    private static async Task<HealthCheckResult> CheckDatabaseAsync(IServiceProvider services, CancellationToken ct)
    {
        if (!services.GetRequiredService<DatabaseReadiness>().IsReady)
        {
            return HealthCheckResult.Unhealthy("The database is away, or its schema is not up to date yet.");
        }
        await services.GetRequiredService<NpgsqlDataSource>().QueryAsync("SELECT 1", r => r.GetInt32(0), ct);
        return HealthCheckResult.Healthy();
    }

    private static void AddVetting(WebApplicationBuilder builder)
    {
        AddOptions<VettingOptions>(builder, VettingOptions.Section);
        builder
            .Services.AddSingleton<VettingSignal>()
            .AddSingleton<VettingQueue>()
            .AddSingleton<VettingCommand>()
            .AddSingleton<VettingProcess>()
            .AddSingleton<ModelExaminer>()
            .AddHostedService<VettingWorker>();
    }

    private static void AddOptions<T>(WebApplicationBuilder builder, string section)
        where T : class => builder.Services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}
