using System.Security.Cryptography;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Registry;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Telemetry;
using Slipway.Inference.Service.Grpc;
using Slipway.Inference.Service.PredictionLog;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Served;
using Slipway.Inference.Service.Serving;
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
    /// Adds everything the service consists of. Needs the address of the registry (<c>services:registry:http:0</c>) and what <c>AddMessaging</c> needs; settings are in
    /// the section <c>Inference</c>.
    /// </summary>
    public static WebApplicationBuilder AddInference(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddServiceDefaults(Name);
        // Before the workers: services stop in reverse, and the last predictions are published while the service drains.
        builder.AddMessaging(messaging => messaging.ConsumeHint<ServingStateChanged, ServingStateChangedConsumer>());
        var folder = builder.GetDataFolder(Name);
        AddOptions(builder.Services);
        AddServing(builder.Services, folder);
        AddPredictionLog(builder.Services, folder);
        AddPredictions(builder.Services);
        builder.Services.AddInferenceGrpc();
        return builder;
    }

    /// <summary>Maps the service's routes.</summary>
    public static WebApplication MapInference(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapDefaultEndpoints();
        ServedApi.Map(app);
        // Not resolved per request: the handler is one for all, and a scope each would cost more than parsing does.
        var handler = app.Services.GetRequiredService<PredictionHandler>();
        var protocols = app.MapGroup("").AddEndpointFilter<RefusedRequestFilter>();
        V1Api.Map(protocols, handler);
        V2Api.Map(protocols, handler);
        GrpcApi.Map(app);
        return app;
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<InferenceOptions>().BindConfiguration(InferenceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<V2Options>().BindConfiguration(V2Options.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ServingOptions>().BindConfiguration(ServingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<EngineOptions>().BindConfiguration(EngineOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services
            .AddOptions<PredictionLogOptions>()
            .BindConfiguration(PredictionLogOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PredictionLogOptions>, PredictionLogRulesValidator>();
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<IOptions<InferenceOptions>>(
                (kestrel, inference) => kestrel.Limits.MaxRequestBodySize = inference.Value.MaxRequestBytes
            );
        services
            .AddOptions<HostOptions>()
            .Configure<IOptions<InferenceOptions>>((host, inference) => host.ShutdownTimeout = inference.Value.DrainTimeout);
    }

    private static void AddServing(IServiceCollection services, string folder)
    {
        // Without resilience: a long poll waits on purpose, and both callers have a back-off of their own.
        services.AddHttpClient(RegistryClientName, client => client.BaseAddress = new Uri("http://registry")).WithoutResilience();
        services.AddSingleton<Func<RegistryClient>>(provider =>
        {
            var clients = provider.GetRequiredService<IHttpClientFactory>();
            return () => new RegistryClient(clients.CreateClient(RegistryClientName));
        });
        services
            .AddSingleton<DesiredState>()
            .AddSingleton<PullTrigger>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<ServingStateStore>(provider, folder))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<ModelCache>(provider, Path.Combine(folder, "models")))
            .AddSingleton<EngineMetrics>()
            .AddSingleton<ModelLoader>()
            .AddSingleton<SnapshotHolder>()
            .AddSingleton<ServingDirectory>()
            .AddHostedService<ModelReconciler>()
            .AddHostedService<ServingStatePuller>();
        services.AddReadyCheck("serving-state", CheckServing);
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
            .AddSingleton<ModelFactsTable>()
            .AddSingleton(_ => new RouteRandom(BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)))))
            .AddSingleton<ModelDirectory>()
            .AddSingleton<AnswerBuffers>()
            .AddSingleton<PredictionCore>()
            .AddSingleton<PredictionHandler>()
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
