using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Monitoring;
using Slipway.Messaging;
using Slipway.Monitoring.Worker.Predictions;
using Slipway.Monitoring.Worker.Retention;
using Slipway.Monitoring.Worker.Retraining;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Windows;
using Slipway.Testing;

namespace Slipway.Monitoring.Worker.Tests.Hosting;

/// <summary>
/// The whole service over a real database and fake neighbours, with a clock that stands still. The periodic workers are left out: a test runs their
/// passes itself.
/// </summary>
internal sealed class MonitoringHost : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly WebApplication _app;

    private MonitoringHost(
        TestDatabase database,
        FakeNeighbours neighbours,
        WebApplication app,
        ManualClock clock,
        RecordingPublisher publisher
    )
    {
        _database = database;
        _app = app;
        Neighbours = neighbours;
        Clock = clock;
        Publisher = publisher;
        Http = app.GetTestClient();
        Client = new MonitoringClient(Http);
    }

    public FakeNeighbours Neighbours { get; }

    public ManualClock Clock { get; }

    public RecordingPublisher Publisher { get; }

    public HttpClient Http { get; }

    public MonitoringClient Client { get; }

    public PredictionStore Predictions => Get<PredictionStore>();

    public static async Task<MonitoringHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var database = await TestPostgres.CreateDatabaseAsync();
        var neighbours = await FakeNeighbours.StartAsync();
        var clock = new ManualClock();
        var publisher = new RecordingPublisher();
        var app = Build(database.ConnectionString, neighbours, clock, publisher, settings);
        await app.StartAsync();
        var host = new MonitoringHost(database, neighbours, app, clock, publisher);
        await host.Get<DatabaseMigrator>().ExecuteTask!;
        return host;
    }

    /// <summary>The service after a crash: a second instance over the same database, which knows nothing that is not in it.</summary>
    public async Task<MonitoringHost> RestartAsync()
    {
        await _app.DisposeAsync();
        var app = Build(_database.ConnectionString, Neighbours, Clock, Publisher, []);
        await app.StartAsync();
        var host = new MonitoringHost(_database, Neighbours, app, Clock, Publisher);
        await host.Get<DatabaseMigrator>().ExecuteTask!;
        return host;
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public Task<int> RunWindowsAsync() => Get<WindowPass>().RunOnceAsync(CancellationToken.None);

    public Task RunRetrainingAsync() => Get<RetrainPass>().RunOnceAsync(CancellationToken.None);

    public Task<StoredBatch> StoreAsync(params PredictionRecord[] records) => Predictions.StoreAsync(records, CancellationToken.None);

    public async Task<(int Status, string Body)> PostAsync(string path, string body, string mediaType)
    {
        using var content = new StringContent(body, Encoding.UTF8, mediaType);
        using var response = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await Neighbours.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static WebApplication Build(
        string connectionString,
        FakeNeighbours neighbours,
        ManualClock clock,
        RecordingPublisher publisher,
        (string Key, string Value)[] settings
    )
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:monitoringdb"] = connectionString,
                ["services:registry:http:0"] = neighbours.Url,
                ["services:training:http:0"] = neighbours.Url,
                // The clock stands still: a pause between tries would never end.
                ["Resilience:Retries"] = "0",
            }
        );
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Services.AddSingleton(new InProcessBus());
        builder.AddMonitoring();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSingleton<IMessagePublisher>(publisher);
        Type[] workers = [typeof(WindowWorker), typeof(RetrainWorker), typeof(RetentionWorker)];
        foreach (
            var worker in builder
                .Services.Where(s => s.ServiceType == typeof(IHostedService) && workers.Contains(s.ImplementationType))
                .ToArray()
        )
        {
            builder.Services.Remove(worker);
        }
        var app = builder.Build();
        app.MapMonitoring();
        return app;
    }
}
