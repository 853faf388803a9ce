using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Repository;

/// <summary>The service over a folder of models, on a port of its own, without registry and broker.</summary>
internal sealed class RepositoryHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RepositoryHost(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<RepositoryHost> StartAsync(TempFolder repository, string mode, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["Inference:Repository:Paths:0"] = repository.Path,
                ["Inference:Repository:ControlMode"] = mode,
                ["Inference:Serving:MinLoadRetryDelay"] = "00:00:00.050",
            }
        );
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        builder.AddInference();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapInference();
        await app.StartAsync();
        var host = new RepositoryHost(app);
        await Eventually.TrueAsync(async () => (await host.GetAsync("v2/health/ready")).Status == 200);
        return host;
    }

    /// <summary>A model that adds <paramref name="addend"/> to a vector <c>x</c> of floats.</summary>
    public static void WriteModel(TempFolder repository, string path, float addend) => WriteBytes(repository, path, AddModel(addend));

    public static void WriteBytes(TempFolder repository, string path, byte[] content)
    {
        var full = Path.Combine(repository.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
    }

    /// <summary>The bytes of a model with input <c>x</c> and output <c>y</c>, both [n,1] floats.</summary>
    public static byte[] AddModel(float addend) =>
        new OnnxModelBuilder()
            .Input("x", OnnxType.Float, "n", 1)
            .Output("y", OnnxType.Float, "n", 1)
            .Weight("b", [addend], 1)
            .Node("Add", ["x", "b"], ["y"])
            .Model.ToByteArray();

    public static void WriteText(TempFolder repository, string path, string text)
    {
        var full = Path.Combine(repository.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public Task<(int Status, string Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<(int Status, string Body)> PostAsync(string path, string? json = null) => SendAsync(HttpMethod.Post, path, json);

    /// <summary>What the model answers to [[1]], or the error's text.</summary>
    public async Task<string> InferAsync(string path)
    {
        var (status, body) = await PostAsync(
            $"v2/models/{path}/infer",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[1]}]}"
        );
        return status == 200
            ? body[(body.IndexOf("\"data\":[", StringComparison.Ordinal) + 8)..].Replace(".0]}]}", "", StringComparison.Ordinal)
            : body;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await Client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
