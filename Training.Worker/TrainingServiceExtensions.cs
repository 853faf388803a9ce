using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Slipway.Contracts;
using Slipway.Contracts.Messages;
using Slipway.Messaging;
using Slipway.Messaging.Topology;
using Slipway.ServiceDefaults;
using Slipway.Training.Worker.Datasets;
using Slipway.Training.Worker.Jobs;
using Slipway.Training.Worker.Registration;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker;

/// <summary>The training service as a whole, for its own process and for a process that holds every role.</summary>
public static class TrainingServiceExtensions
{
    private const string ServiceName = "training";
    private const string DatabaseName = "trainingdb";
    private static readonly TimeSpan s_requestLimit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Adds the job API, the job loop and the consumer of <see cref="TrainModel"/>. Needs <c>ConnectionStrings:trainingdb</c>, the services <c>registry</c> and
    /// <c>monitoring</c>, and messaging; settings are in the section <c>Training</c>.
    /// </summary>
    public static WebApplicationBuilder AddTraining(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddServiceDefaults(ServiceName);
        builder.AddMessaging(messaging => messaging.Consume<TrainModel, TrainModelConsumer>(MessageRoutes.TrainingTrainModel));
        AddStorage(builder);
        AddOptions(builder.Services);
        AddNeighbour(builder.Services, RemoteServices.RegistryName);
        AddNeighbour(builder.Services, RemoteServices.MonitoringName);
        var folder = builder.GetDataFolder(ServiceName);
        builder
            .Services.AddSingleton<RemoteServices>()
            .AddSingleton(services => ActivatorUtilities.CreateInstance<JobFolders>(services, folder))
            .AddSingleton<JobStore>()
            .AddSingleton<JobClaims>()
            .AddSingleton<JobSignal>()
            .AddSingleton<JobMetrics>()
            .AddSingleton<DatasetFetcher>()
            .AddSingleton<IncumbentStore>()
            .AddSingleton<RunRecorder>()
            .AddSingleton<ModelRegistrar>()
            .AddSingleton<TrainerProcess>()
            .AddSingleton<TrainingStep>()
            .AddSingleton<JobSteps>()
            .AddSingleton<JobRunner>()
            .AddSingleton<JobUpkeep>()
            .AddHostedService<JobWorker>();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        return builder;
    }

    /// <summary>Maps the routes.</summary>
    public static WebApplication MapTraining(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapDefaultEndpoints();
        JobsApi.Map(app);
        return app;
    }

    private static void AddStorage(WebApplicationBuilder builder)
    {
        var connection = builder.Configuration.GetConnectionString(DatabaseName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new InvalidOperationException(
                $"ConnectionStrings:{DatabaseName} is not set (environment variable ConnectionStrings__{DatabaseName}): the training service needs PostgreSQL."
            );
        }
        builder.Services.AddDbContextFactory<TrainingDbContext>(options =>
            options
                .UseNpgsql(connection)
                .ConfigureWarnings(warnings =>
                    warnings
                        // Migrations are written by hand; there is no generated snapshot to compare the model with.
                        .Ignore(RelationalEventId.PendingModelChangesWarning)
                        // Each failure is thrown to somebody who handles it or logs it in one line; these would add a page to it.
                        .Log(
                            (RelationalEventId.CommandError, LogLevel.Debug),
                            (RelationalEventId.ConnectionError, LogLevel.Debug),
                            (CoreEventId.QueryIterationFailed, LogLevel.Debug),
                            (CoreEventId.SaveChangesFailed, LogLevel.Debug)
                        )
                )
        );
        builder.Services.AddSingleton<StorageMigrator>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StorageMigrator>());
        builder.Services.AddReadyCheck("database", CheckDatabaseAsync);
    }

    private static async Task<HealthCheckResult> CheckDatabaseAsync(IServiceProvider services, CancellationToken ct)
    {
        if (!services.GetRequiredService<StorageMigrator>().Ready.IsCompletedSuccessfully)
        {
            return HealthCheckResult.Unhealthy($"{DatabaseName} is not migrated yet.");
        }
        await using var db = await services.GetRequiredService<IDbContextFactory<TrainingDbContext>>().CreateDbContextAsync(ct);
        return await db.Database.CanConnectAsync(ct)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"{DatabaseName} cannot be reached.");
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<TrainingOptions>().BindConfiguration(TrainingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TrainingOptions>, TrainingOptionsValidator>();
        services.AddSingleton<IValidateOptions<TrainingOptions>, TrainingOptionsRules>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<TrainingOptions>>().Value);
    }

    /// <summary>Sent once: the job loop repeats calls in its own way, and uploads of models take their time.</summary>
    private static void AddNeighbour(IServiceCollection services, string name) =>
        services
            .AddHttpClient(
                name,
                client =>
                {
                    client.BaseAddress = new Uri($"http://{name}");
                    client.Timeout = s_requestLimit;
                }
            )
            .WithoutResilience();
}
