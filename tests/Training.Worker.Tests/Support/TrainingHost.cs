using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Contracts.Training;
using Slipway.Messaging;
using Slipway.Testing;
using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Tests.Support;

/// <summary>The training service as it runs, on a free port, over a database of its own and a registry that the test plays.</summary>
internal sealed class TrainingHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempFolder _folder;

    private TrainingHost(WebApplication app, TempFolder folder)
    {
        (_app, _folder) = (app, folder);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Client = new TrainingClient(Http);
    }

    public HttpClient Http { get; }

    public TrainingClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>The service's own folder.</summary>
    public string Folder => _folder.Combine("training");

    public static async Task<TrainingHost> StartAsync(string database, string registry, params (string Key, string Value)[] settings)
    {
        var folder = new TempFolder();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:trainingdb"] = database,
                ["services:registry:http:0"] = registry,
                ["services:monitoring:http:0"] = registry,
                ["Slipway:DataPath"] = folder.Path,
                ["Training:RunnerPath"] = ScriptedTrainer.Path,
                ["Training:HeartbeatInterval"] = "00:00:00.050",
                ["Training:PollInterval"] = "00:00:00.050",
                ["Training:RetryDelay"] = "00:00:00.010",
                ["Training:LimitCheckInterval"] = "00:00:00.050",
                ["Logging:LogLevel:Default"] = "Warning",
            }
        );
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(pair => pair.Key, pair => (string?)pair.Value));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        if (settings.All(setting => setting.Key != "ConnectionStrings:rabbitmq"))
        {
            builder.Services.AddSingleton(new InProcessBus());
        }
        builder.AddTraining();
        var app = builder.Build();
        app.MapTraining();
        await app.StartAsync();
        return new TrainingHost(app, folder);
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public Task MigratedAsync() => Get<StorageMigrator>().Ready;

    /// <summary>Waits until a job has ended.</summary>
    public Task<TrainingJob> EndedAsync(Guid id) =>
        Eventually.GetAsync(
            async () => await Client.FindAsync(id) is { } job && JobStatus.IsEnded(job.Status) ? job : null,
            TimeSpan.FromSeconds(60)
        );

    public static TrainingJobRequest Request(string target = ScriptedTrainer.Succeed, string model = "bikes") =>
        new()
        {
            Datasets = ["mlflow-artifacts:/data/rows.csv"],
            Target = target,
            Trainer = "gbdt",
            ModelName = model,
        };

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
