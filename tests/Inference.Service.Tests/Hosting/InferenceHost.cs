using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;
using Slipway.Contracts.Inference;
using Slipway.Contracts.Messages;
using Slipway.Inference.Service.Predictions;
using Slipway.Messaging;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Hosting;

/// <summary>The whole service on a port of its own, over a fake registry and a recording publisher.</summary>
internal sealed class InferenceHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private InferenceHost(WebApplication app, RecordingPublisher publisher)
    {
        _app = app;
        Publisher = publisher;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        GrpcUrl = new Uri(app.Urls.Last());
    }

    public HttpClient Client { get; }

    /// <summary>Where the same service speaks gRPC.</summary>
    public Uri GrpcUrl { get; }

    public RecordingPublisher Publisher { get; }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<InferenceHost> StartAsync(
        FakeRegistry registry,
        TempFolder folder,
        RecordingPublisher? publisher = null,
        params (string Key, string Value)[] settings
    )
    {
        publisher ??= new RecordingPublisher();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var values = new Dictionary<string, string?>
        {
            ["Slipway:DataPath"] = folder.Path,
            ["services:registry:http:0"] = registry.Url,
            ["Inference:Serving:MinRetryDelay"] = "00:00:00.020",
            ["Inference:Serving:MaxRetryDelay"] = "00:00:00.100",
            ["Inference:Serving:MinLoadRetryDelay"] = "00:00:00.050",
            ["Inference:PredictionLog:MinRetryDelay"] = "00:00:00.020",
            ["Inference:PredictionLog:MaxRetryDelay"] = "00:00:00.100",
            ["Inference:PredictionLog:MaxBatchDelay"] = "00:00:00.005",
        };
        foreach (var (key, value) in settings)
        {
            values[key] = value;
        }
        builder.Configuration.AddInMemoryCollection(values);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddSingleton(new InProcessBus());
        builder.AddInference();
        builder.Services.Replace(ServiceDescriptor.Singleton<IMessagePublisher>(publisher));
        builder.Services.Replace(ServiceDescriptor.Singleton(new RouteRandom(42)));
        var app = builder.Build();
        app.MapInference();
        await app.StartAsync();
        return new InferenceHost(app, publisher);
    }

    public async Task<ServedModels> GetServedAsync() =>
        (await Client.GetFromJsonAsync("api/v1/served", ContractsJson.Default.ServedModels))!;

    /// <summary>Waits until a revision is fully loaded.</summary>
    public Task LoadedAsync(long revision) => Eventually.TrueAsync(async () => (await GetServedAsync()).Revision >= revision);

    /// <summary>Waits until as many rows of a request were published, and gives them in order.</summary>
    public async Task<IReadOnlyList<PredictionRecord>> LoggedAsync(string id, int count)
    {
        IReadOnlyList<PredictionRecord> Find() =>
            [
                .. Publisher.Records.Where(record =>
                    record.PredictionId == id || record.PredictionId.StartsWith(id + "_", StringComparison.Ordinal)
                ),
            ];
        await Eventually.TrueAsync(() => Find().Count == count);
        return Find();
    }

    public async Task<(int Status, string Body, HttpResponseMessage Response)> PostAsync(
        string path,
        string body,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        var response = await Client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
