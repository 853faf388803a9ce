using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Monitoring;
using Slipway.Messaging;
using Slipway.Monitoring.Worker.Predictions;
using Slipway.Monitoring.Worker.Tests.Hosting;
using Slipway.Testing;

namespace Slipway.Monitoring.Worker.Tests;

/// <summary>The service as it runs: its own workers, the system's clock, a real broker and database.</summary>
public sealed class MonitoringServiceTests
{
    [Fact]
    public async Task Service_BatchAndOutcomes_BecomeAWindowByThemselves()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await using var neighbours = await FakeNeighbours.StartAsync();
        neighbours.AddVersion(Records.Model, 1, Records.Baseline(mae: 2));
        var broker = TestBroker.Require();
        await using var app = await StartAsync(database.ConnectionString, neighbours, broker);
        using var sender = await StartSenderAsync(broker);
        var client = new MonitoringClient(app.GetTestClient());
        var batch = Batch(Records.Hour(0));
        await PublishAsync(sender, batch);
        await PublishAsync(sender, batch);
        await Eventually.TrueAsync(async () => (await client.GetStatsAsync()).Predictions == 60);

        var sent = await client.SendOutcomesAsync(Records.Outcomes(0, 5));

        Assert.Equal(60, sent.Joined);
        var window = await Eventually.GetAsync(async () =>
            (await client.GetWindowsAsync(Records.Endpoint)).Windows.SingleOrDefault(w => w.OutcomeCount == 60)
        );
        Assert.Equal((60, 5.0, true, false), (window.PredictionCount, window.Value, window.AccuracyBad, window.Drifted));
        using var http = app.GetTestClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode);
        var metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Contains("slipway_monitoring_predictions_total", metrics, StringComparison.Ordinal);
        Assert.Contains("slipway_monitoring_feature_psi", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_DatabaseAwayForAWhile_StoresWhatWasSentMeanwhile()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await using var neighbours = await FakeNeighbours.StartAsync();
        var broker = TestBroker.Require();
        await using var app = await StartAsync(database.ConnectionString, neighbours, broker);
        using var sender = await StartSenderAsync(broker);
        var http = app.GetTestClient();
        var client = new MonitoringClient(http);
        await PublishAsync(sender, Batch(Records.Hour(0)));
        await Eventually.TrueAsync(async () => (await client.GetStatsAsync()).Predictions == 60);

        await SetReachableAsync(database, false);
        await PublishAsync(sender, Batch(Records.Hour(1)));
        using var content = new StringContent("predictionId,value\na,1\n", System.Text.Encoding.UTF8, "text/csv");
        using var refused = await http.PostAsync(new Uri("/api/v1/outcomes", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        await SetReachableAsync(database, true);

        await Eventually.TrueAsync(async () =>
        {
            using var response = await http.GetAsync(new Uri("/api/v1/stats", UriKind.Relative));
            return response.IsSuccessStatusCode && (await client.GetStatsAsync()).Predictions == 120;
        });
    }

    [Fact]
    public async Task Service_DatabaseMissingAtStart_IsUpAndNotReady()
    {
        await using var neighbours = await FakeNeighbours.StartAsync();
        await using var app = await StartAsync("Host=127.0.0.1;Port=1;Username=nobody;Database=none", neighbours, TestBroker.Require());
        using var http = app.GetTestClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync(new Uri("/api/v1/stats", UriKind.Relative))).StatusCode);
        Assert.Contains("not been reached", await http.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_TwoReplicasStartAtOnce_BothMigrate()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await using var neighbours = await FakeNeighbours.StartAsync();
        var broker = TestBroker.Require();
        var apps = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => StartAsync(database.ConnectionString, neighbours, broker)));
        foreach (var app in apps)
        {
            using var http = app.GetTestClient();
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/api/v1/stats", UriKind.Relative))).StatusCode);
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task Service_RequestsTrace_GoesOnToTheMonitor()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await using var neighbours = await FakeNeighbours.StartAsync();
        var broker = TestBroker.Require();
        await using var app = await StartAsync(database.ConnectionString, neighbours, broker);
        using var sender = await StartSenderAsync(broker);
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PredictionTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var trace = ActivityTraceId.CreateRandom();

        await PublishAsync(sender, Batch([Records.Prediction("a") with { TraceParent = $"00-{trace}-00f067aa0ba902b7-01" }]));

        // Other tests of this process may be heard too.
        await Eventually.TrueAsync(() => spans.Any(s => s.TraceId == trace));
        Assert.Equal("00f067aa0ba902b7", spans.Single(s => s.TraceId == trace).ParentSpanId.ToString());
    }

    private static PredictionsLogged Batch(PredictionRecord[] records) =>
        new()
        {
            BatchId = Guid.NewGuid(),
            SentAt = TimeProvider.System.GetUtcNow(),
            Source = "test",
            Predictions = records,
        };

    private static Task PublishAsync(IHost sender, PredictionsLogged batch) =>
        sender.Services.GetRequiredService<IMessagePublisher>().PublishAsync(batch, CancellationToken.None);

    private static async Task SetReachableAsync(TestDatabase database, bool reachable)
    {
        var server = new NpgsqlConnectionStringBuilder(TestPostgres.ServerConnectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"ALTER DATABASE \"{database.Name}\" ALLOW_CONNECTIONS {(reachable ? "true" : "false")};"
                + $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.Name}'",
            connection
        );
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<IHost> StartSenderAsync(TestBroker broker)
    {
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { Args = [.. Broker(broker)], EnvironmentName = "Production" }
        );
        builder.Logging.ClearProviders();
        builder.AddMessaging(_ => { });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static IEnumerable<string> Broker(TestBroker broker) =>
        [
            $"--ConnectionStrings:rabbitmq={broker.ConnectionString}",
            $"--Messaging:Prefix={broker.Prefix}",
            "--Messaging:FirstRetryDelayMs=20",
            "--Messaging:MaxRetryDelayMs=100",
        ];

    private static async Task<WebApplication> StartAsync(string connectionString, FakeNeighbours neighbours, TestBroker broker)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions
            {
                EnvironmentName = "Production",
                Args =
                [
                    .. Broker(broker),
                    $"--ConnectionStrings:monitoringdb={connectionString}",
                    $"--services:registry:http:0={neighbours.Url}",
                    $"--services:training:http:0={neighbours.Url}",
                ],
            }
        );
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.AddMonitoring();
        var app = builder.Build();
        app.MapMonitoring();
        await app.StartAsync();
        if (!connectionString.Contains("Port=1;", StringComparison.Ordinal))
        {
            var http = app.GetTestClient();
            await Eventually.TrueAsync(async () => (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode);
        }
        return app;
    }
}
