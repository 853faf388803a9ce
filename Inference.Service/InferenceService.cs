using System.Security.Cryptography;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Registry;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Service.Containers;
using Slipway.Inference.Service.Grpc;
using Slipway.Inference.Service.PredictionLog;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Repository;
using Slipway.Inference.Service.Served;
using Slipway.Inference.Service.Serving;
using Slipway.Inference.Service.SharedMemory;
using Slipway.Inference.Service.V1;
using Slipway.Inference.Service.V2;
using Slipway.Messaging;
using Slipway.ServiceDefaults;

namespace Slipway.Inference.Service;

/// <summary>Composes the inference service, in its own process or beside others.</summary>
public static class InferenceService
{
    private const string Name = "inference";
    private const string RegistryClientName = "registry";

    /// <summary>
    /// Adds everything the service consists of. Needs the address of the registry (<c>services:registry:http:0</c>) and what <c>AddMessaging</c> needs, or folders of models
    /// (<c>Inference:Repository:Paths</c>), and then neither of them; settings are in the section <c>Inference</c>.
    /// </summary>
    public static WebApplicationBuilder AddInference(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddServiceDefaults(Name);
        var followsRegistry = !builder.ServesRepository();
        if (followsRegistry)
        {
            // Before the workers: services stop in reverse, and the last predictions are published while the service drains.
            builder.AddMessaging(messaging => messaging.ConsumeHint<ServingStateChanged, ServingStateChangedConsumer>());
        }
        AddOptions(builder.Services);
        AddTransport(builder.Services);
        AddModels(builder.Services);
        AddPredictions(builder.Services);
        builder.Services.AddContainerRoutes();
        // Inside the defaults' handling of errors, which were added first.
        builder.Services.AddTransient<IStartupFilter, PredictionShortcut>();
        // It says nothing below Critical, and while it could, the framework makes an activity for every request. Tracing makes its own.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddInferenceGrpc();
        if (followsRegistry)
        {
            var folder = builder.GetDataFolder(Name);
            AddRegistry(builder.Services, folder);
            AddPredictionLog(builder.Services, folder);
        }
        else
        {
            builder.Services.AddRepository();
        }
        return builder;
    }

    /// <summary>Maps the service's routes.</summary>
    public static WebApplication MapInference(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapDefaultEndpoints();
        // Nobody else asks for it: it has to be there before the first scrape.
        app.Services.GetRequiredService<TritonMetrics>();
        ServedApi.Map(app);
        // Not resolved per request: the handler is one for all, and a scope each would cost more than parsing does.
        var handler = app.Services.GetRequiredService<PredictionHandler>();
        var protocols = app.MapGroup("").AddEndpointFilter<RefusedRequestFilter>();
        V1Api.Map(protocols, handler);
        V2Api.Map(protocols, handler);
        GrpcApi.Map(app);
        RepositoryApi.Map(protocols);
        ContainerApi.Map(app, app.Services.GetRequiredService<PredictionCore>());
        return app;
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<InferenceOptions>().BindConfiguration(InferenceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<V2Options>().BindConfiguration(V2Options.Section).ValidateDataAnnotations().ValidateOnStart();
        services
            .AddOptions<SharedMemoryOptions>()
            .BindConfiguration(SharedMemoryOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<ServingOptions>().BindConfiguration(ServingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<EngineOptions>().BindConfiguration(EngineOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<EngineOptions>, EngineRulesValidator>();
        services.AddOptions<ModelMemoryOptions>().BindConfiguration(ModelMemoryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services
            .AddOptions<PredictionLogOptions>()
            .BindConfiguration(PredictionLogOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PredictionLogOptions>, PredictionLogRulesValidator>();
        services.AddOptions<ConnectionOptions>().BindConfiguration(ConnectionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<IOptions<InferenceOptions>, IOptions<ConnectionOptions>>(
                (kestrel, inference, connections) =>
                {
                    kestrel.Limits.MaxRequestBodySize = inference.Value.MaxRequestBytes;
                    connections.Value.Apply(kestrel.Limits);
                }
            );
        services
            .AddOptions<HostOptions>()
            .Configure<IOptions<InferenceOptions>>((host, inference) => host.ShutdownTimeout = inference.Value.DrainTimeout);
    }

    // Requests are short, and those that are not run on threads of the engine: a hop between threads for each would cost more than it saves.
    private static void AddTransport(IServiceCollection services) =>
        services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);

    private static void AddModels(IServiceCollection services)
    {
        services
            .AddSingleton<DesiredState>()
            .AddSingleton<EngineMetrics>()
            .AddSingleton<ModelConfigurations>()
            .AddSingleton<ResidencyMetrics>()
            .AddSingleton<ModelMemory>()
            .AddSingleton<SessionPool>()
            .AddSingleton<ModelLoader>()
            .AddSingleton<SnapshotHolder>()
            .AddSingleton<ServingDirectory>()
            .AddSingleton<GoneVersionMetrics>()
            .AddHostedService<ModelReconciler>();
        services.AddReadyCheck("serving-state", CheckServing);
    }

    private static void AddRegistry(IServiceCollection services, string folder)
    {
        // Without resilience: a long poll waits on purpose, and both callers have a back-off of their own.
        services.AddHttpClient(RegistryClientName, client => client.BaseAddress = new Uri("http://registry")).WithoutResilience();
        services.AddSingleton<Func<RegistryClient>>(provider =>
        {
            var clients = provider.GetRequiredService<IHttpClientFactory>();
            return () => new RegistryClient(clients.CreateClient(RegistryClientName));
        });
        services
            .AddRegistryControl()
            .AddSingleton<PullTrigger>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<ServingStateStore>(provider, folder))
            .AddSingleton<IModelFiles>(provider => ActivatorUtilities.CreateInstance<ModelCache>(provider, Path.Combine(folder, "models")))
            .AddHostedService<ServingStatePuller>();
    }

    private static void AddPredictionLog(IServiceCollection services, string folder)
    {
        services
            .AddSingleton<PredictionLogMetrics>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<PredictionJournal>(provider, Path.Combine(folder, "predictions")))
            .AddSingleton<PredictionLogger>()
            .AddHostedService<PredictionPublisher>();
        services.AddReadyCheck(
            "prediction-log",
            (provider, _) =>
                Task.FromResult(
                    PredictionLogHealth.Check(
                        provider.GetRequiredService<PredictionLogMetrics>(),
                        provider.GetRequiredService<PredictionJournal>()
                    )
                )
        );
    }

    private static void AddPredictions(IServiceCollection services) =>
        services
            .AddSingleton<InferenceMetrics>()
            .AddSingleton<TritonMetrics>()
            .AddSingleton<ModelFactsTable>()
            .AddSingleton(_ => new RouteRandom(BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)))))
            .AddSingleton<ModelDirectory>()
            .AddSingleton<AnswerBuffers>()
            .AddSingleton<RequestMemory>()
            .AddSingleton<SharedMemoryRegions>()
            .AddSingleton<PredictionCore>()
            .AddSingleton<PredictionHandler>()
            .AddSingleton<V1Labels>()
            .AddSingleton<V2Descriptions>()
            .AddSingleton<ServedReport>()
            .AddSingleton<IProblemDetailsWriter, ErrorProblemWriter>();

    private static Task<HealthCheckResult> CheckServing(IServiceProvider provider, CancellationToken ct)
    {
        var view = provider.GetRequiredService<ServingDirectory>().Current;
        return Task.FromResult(
            view.IsReady ? HealthCheckResult.Healthy($"Serving state {view.LoadedRevision}.")
            : view.IsKnown ? HealthCheckResult.Unhealthy("The serving state is known; its models are being loaded.")
            : HealthCheckResult.Unhealthy("The registry has not said yet what to serve.")
        );
    }
}
