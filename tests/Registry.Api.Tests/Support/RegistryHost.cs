using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Registry;
using Slipway.Messaging;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Support;

/// <summary>A whole registry on a free port, with a database and a data folder of its own.</summary>
public sealed class RegistryHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestDatabase? _database;
    private readonly TempFolder _folder;

    private RegistryHost(WebApplication app, TestDatabase? database, TempFolder folder)
    {
        _app = app;
        _database = database;
        _folder = folder;
        Http = new HttpClient
        {
            BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
        };
        Mlflow = new MlflowClient(Http);
        Registry = new RegistryClient(Http);
    }

    public HttpClient Http { get; }

    public MlflowClient Mlflow { get; }

    public RegistryClient Registry { get; }

    public IServiceProvider Services => _app.Services;

    public string DataPath => _folder.Path;

    public string ConnectionString => _database!.ConnectionString;

    /// <summary>The vetting program as the registry's own build has put it in place.</summary>
    public static string RealEngine { get; } = FindEngine();

    public static Task<RegistryHost> StartAsync(params (string Key, string Value)[] settings) => StartAsync(_ => { }, settings);

    public static async Task<RegistryHost> StartAsync(Action<WebApplicationBuilder> configure, params (string Key, string Value)[] settings)
    {
        var database = await TestPostgres.CreateDatabaseAsync();
        var host = await StartOnAsync(database.ConnectionString, database, configure, settings);
        await host.ReadyAsync();
        return host;
    }

    public Task ReadyAsync() =>
        Eventually.TrueAsync(async () => (await Http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode);

    /// <summary>Changes rows behind the registry's back, as time or another replica would.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The one number that a query gives.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Starts it whatever answers, or does not, at the database's address.</summary>
    public static Task<RegistryHost> StartOnAsync(
        string connectionString,
        TestDatabase? database,
        params (string Key, string Value)[] settings
    ) => StartOnAsync(connectionString, database, _ => { }, settings);

    private static async Task<RegistryHost> StartOnAsync(
        string connectionString,
        TestDatabase? database,
        Action<WebApplicationBuilder> configure,
        (string Key, string Value)[] settings
    )
    {
        var folder = new TempFolder();
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["ConnectionStrings:registrydb"] = connectionString,
                ["Slipway:DataPath"] = folder.Path,
                ["Registry:Vetting:EnginePath"] = RealEngine,
            }
        );
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        configure(builder);
        if (builder.Configuration.GetConnectionString(MessagingOptions.ConnectionName) is null)
        {
            builder.Services.AddSingleton(new InProcessBus());
        }
        builder.AddRegistry();
        var app = builder.Build();
        app.MapRegistry();
        await app.StartAsync();
        return new RegistryHost(app, database, folder);
    }

    /// <summary>Sends JSON to a route of MLflow's API and gives status and answer.</summary>
    public async Task<(int Status, JsonObject Body)> SendAsync(HttpMethod method, string route, string? json = null)
    {
        using var request = new HttpRequestMessage(method, $"api/2.0/mlflow/{route}");
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }
        using var response = await Http.SendAsync(request);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!.AsObject());
    }

    public Task<(int Status, JsonObject Body)> GetAsync(string route) => SendAsync(HttpMethod.Get, route);

    public Task<(int Status, JsonObject Body)> PostAsync(string route, string json) => SendAsync(HttpMethod.Post, route, json);

    public async Task<(int Status, string Body)> PutArtifactAsync(string path, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var response = await Http.PutAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative), body);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>A run with artifacts, registered as the next version of a model.</summary>
    public async Task<(string RunId, int Version)> RegisterAsync(
        string model,
        IReadOnlyDictionary<string, byte[]> files,
        IReadOnlyDictionary<string, double>? metrics = null,
        IReadOnlyDictionary<string, string>? tags = null
    )
    {
        var run = await Mlflow.CreateRunAsync("0", "test", tags);
        await Mlflow.LogBatchAsync(
            run.Info.RunId,
            [
                .. (metrics ?? new Dictionary<string, double>()).Select(m => new MlflowMetric
                {
                    Key = m.Key,
                    Value = m.Value,
                    Timestamp = 1,
                }),
            ]
        );
        foreach (var (path, content) in files)
        {
            using var stream = new MemoryStream(content);
            await Mlflow.UploadArtifactAsync(run.Info.ArtifactUri, $"model/{path}", stream);
        }
        await Mlflow.EnsureRegisteredModelAsync(model);
        var version = await Mlflow.CreateModelVersionAsync(model, $"{run.Info.ArtifactUri}/model", run.Info.RunId);
        return (run.Info.RunId, int.Parse(version.Version, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until the version's vetting has ended.</summary>
    public Task<ModelVersionOverview> VettedAsync(string model, int version) =>
        Eventually.GetAsync(async () =>
            await Registry.FindVersionAsync(model, version) is { VettingStatus: not "pending" } vetted ? vetted : null
        );

    /// <summary>Asks for a promotion and waits for the decision.</summary>
    public async Task<Promotion> PromoteAsync(PromotionRequest request)
    {
        var asked = await Registry.PromoteAsync(request);
        return await Eventually.GetAsync(async () =>
            await Registry.FindPromotionAsync(asked.Id) is { Status: not "pending" } decided ? decided : null
        );
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
        _folder.Dispose();
    }

    // artifacts/bin/Registry.Api.Tests/<configuration>/ → artifacts/bin/Registry.Api/<configuration>/vetter/
    private static string FindEngine()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(own.Parent!.Parent!.FullName, "Registry.Api", own.Name, "vetter", "Inference.Engine.dll");
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException($"The registry's build has not put the vetting program at {path}.");
    }
}
