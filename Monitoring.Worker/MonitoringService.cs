using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Contracts.Messages;
using Slipway.Messaging;
using Slipway.Messaging.Topology;
using Slipway.Monitoring.Worker.Alerts;
using Slipway.Monitoring.Worker.Baselines;
using Slipway.Monitoring.Worker.Datasets;
using Slipway.Monitoring.Worker.Http;
using Slipway.Monitoring.Worker.Monitors;
using Slipway.Monitoring.Worker.Outcomes;
using Slipway.Monitoring.Worker.Pages;
using Slipway.Monitoring.Worker.Predictions;
using Slipway.Monitoring.Worker.Retention;
using Slipway.Monitoring.Worker.Retraining;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Telemetry;
using Slipway.Monitoring.Worker.Traffic;
using Slipway.Monitoring.Worker.Windows;
using Slipway.ServiceDefaults;

namespace Slipway.Monitoring.Worker;

/// <summary>Composes the monitoring service, in its own process or beside others.</summary>
public static class MonitoringService
{
    private const string ConnectionName = "monitoringdb";
    private const int PoolSize = 16;

    /// <summary>Adds everything the service consists of. Needs <c>ConnectionStrings:monitoringdb</c> and what <c>AddMessaging</c> needs.</summary>
    public static WebApplicationBuilder AddMonitoring(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddServiceDefaults("monitoring");
        var prefetch =
            builder.Configuration.GetSection(PredictionOptions.Section).Get<PredictionOptions>()?.Prefetch
            ?? new PredictionOptions().Prefetch;
        builder.AddMessaging(messaging =>
            messaging.Consume<PredictionsLogged, PredictionsLoggedConsumer>(
                MessageRoutes.MonitoringPredictions,
                prefetch,
                Math.Max(1, prefetch / 2)
            )
        );
        builder.AddOptions();
        builder.AddStorage(prefetch);
        builder.AddNeighbours();
        builder.Services.AddWork();
        return builder;
    }

    /// <summary>Maps the service's routes.</summary>
    public static WebApplication MapMonitoring(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapDefaultEndpoints();
        RootPage.Map(app);
        var api = app.MapGroup("").AddEndpointFilter<DatabaseFilter>();
        OutcomesApi.Map(api);
        MonitorsApi.Map(api);
        WindowsApi.Map(api);
        AlertsApi.Map(api);
        TrafficApi.Map(api);
        DatasetApi.Map(api);
        return app;
    }

    private static void AddOptions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<PredictionOptions>().BindConfiguration(PredictionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PredictionOptions>, PredictionOptionsValidator>();
        services.AddOptions<OutcomeOptions>().BindConfiguration(OutcomeOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OutcomeOptions>, OutcomeOptionsValidator>();
        services.AddOptions<WindowOptions>().BindConfiguration(WindowOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WindowOptions>, WindowOptionsValidator>();
        services.AddOptions<BaselineOptions>().BindConfiguration(BaselineOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BaselineOptions>, BaselineOptionsValidator>();
        services.AddOptions<RetentionOptions>().BindConfiguration(RetentionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptionsValidator>();
        var trainingIsKnown = builder.Configuration.GetSection("services:training").Exists();
        services
            .AddOptions<RetrainOptions>()
            .BindConfiguration(RetrainOptions.Section)
            .PostConfigure(options => options.TrainingIsReachable ??= trainingIsKnown)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetrainOptions>, RetrainOptionsValidator>();
    }

    private static void AddStorage(this WebApplicationBuilder builder, int prefetch)
    {
        var connection = builder.Configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(connection))
        {
            throw new InvalidOperationException(
                $"ConnectionStrings:{ConnectionName} is not set (environment variable ConnectionStrings__{ConnectionName}). Set it to the PostgreSQL database of the monitoring service."
            );
        }
        builder.Services.AddSingleton(_ => DataSources.Create(connection, PoolSize));
        // One connection a batch in work, and as many for outcomes.
        builder.Services.AddKeyedSingleton(DataSources.Bulk, (_, _) => DataSources.CreateBulk(connection, prefetch + PoolSize));
        builder.Services.AddDbContextFactory<MonitoringDb>(
            (provider, options) =>
                options
                    .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                    // Migrations are written by hand, without the model snapshot that this check compares with.
                    .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning))
        );
        builder.Services.AddSingleton<SchemaState>();
        builder.Services.AddSingleton<DatabaseMigrator>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DatabaseMigrator>());
        builder.Services.AddReadyCheck("monitoringdb", CheckDatabaseAsync);
    }

    private static void AddNeighbours(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient(BaselineSource.ClientName, http => http.BaseAddress = new Uri("http://registry/"));
        builder.Services.AddHttpClient(RetrainPass.ClientName, http => http.BaseAddress = new Uri("http://training/"));
    }

    private static void AddWork(this IServiceCollection services)
    {
        services.AddSingleton<MonitoringMetrics>();
        services.AddSingleton<PredictionTraces>();
        services.AddSingleton<PredictionStore>();
        services.AddSingleton<OutcomeStore>();
        services.AddSingleton<MonitorStore>();
        services.AddSingleton<BaselineSource>();
        services.AddSingleton<TrafficReader>();
        services.AddSingleton<DatasetReader>();
        services.AddSingleton<WindowSignal>();
        services.AddSingleton<DirtyWindows>();
        services.AddSingleton<WindowPass>();
        services.AddSingleton<AlertEvaluator>();
        services.AddSingleton<RetrainPlanner>();
        services.AddSingleton<RetrainSignal>();
        services.AddSingleton<RetrainPass>();
        services.AddSingleton<RetentionPass>();
        services.AddHostedService<WindowWorker>();
        services.AddHostedService<RetrainWorker>();
        services.AddHostedService<RetentionWorker>();
    }

    private static async Task<HealthCheckResult> CheckDatabaseAsync(IServiceProvider services, CancellationToken ct)
    {
        if (!services.GetRequiredService<SchemaState>().IsReady)
        {
            return HealthCheckResult.Unhealthy("The database has not been reached and migrated yet.");
        }
        await using var command = services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(ct);
        return HealthCheckResult.Healthy();
    }
}
