using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Contracts;
using Slipway.Contracts.Serving;

namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>What inference asks of a registry: what to serve, and the bytes.</summary>
internal sealed class RegistryStub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ServingState? _state;

    private RegistryStub(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public static async Task<RegistryStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var registry = new RegistryStub(app);
        app.MapGet("/api/v1/serving-state", registry.GetStateAsync);
        app.MapGet(
            "/api/v1/blobs/{digest}",
            (string digest) =>
                registry._blobs.TryGetValue(digest, out var bytes) ? Results.Bytes(bytes, "application/octet-stream") : Results.NotFound()
        );
        await app.StartAsync();
        return registry;
    }

    /// <summary>The endpoint of a model whose requests are not written to the prediction log.</summary>
    public static string Unlogged(string model) => model + "-unlogged";

    /// <summary>Serves these models, each by two endpoints: its own name, which is logged, and <see cref="Unlogged"/>.</summary>
    public void Serve(params (string Name, int Version, byte[] Bytes)[] models)
    {
        var versions = models.Select(model => Describe(model.Name, model.Version, model.Bytes)).ToArray();
        _state = new ServingState
        {
            Revision = (_state?.Revision ?? 0) + 1,
            Models = versions,
            Endpoints =
            [
                .. versions.Select(version => Endpoint(version.Model, version, isLogged: true)),
                .. versions.Select(version => Endpoint(Unlogged(version.Model), version, isLogged: false)),
            ],
        };
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        _changed.TrySetResult();
        await _app.DisposeAsync();
    }

    private static ServedEndpoint Endpoint(string name, ServedModelVersion version, bool isLogged) =>
        new()
        {
            Name = name,
            Routes = [new ServedRoute(version.Model, version.Version, 100)],
            LogPredictions = isLogged,
        };

    private ServedModelVersion Describe(string name, int version, byte[] bytes)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        _blobs[sha256] = bytes;
        return new ServedModelVersion
        {
            Model = name,
            Version = version,
            Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"model.onnx {sha256}\n"))),
            ModelFile = "model.onnx",
            Files = [new ServedFile("model.onnx", sha256, bytes.Length)],
        };
    }

    private async Task<IResult> GetStateAsync(HttpContext context, int? waitSeconds)
    {
        var changed = _changed.Task;
        if (_state is { } known && context.Request.Headers.IfNoneMatch == $"\"{known.Revision}\"")
        {
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromSeconds(waitSeconds ?? 0), context.RequestAborted));
            if (ReferenceEquals(_state, known))
            {
                return Results.StatusCode(StatusCodes.Status304NotModified);
            }
        }

        context.Response.Headers.ETag = $"\"{_state!.Revision}\"";
        return Results.Text(JsonSerializer.Serialize(_state, ContractsJson.Default.ServingState), "application/json");
    }
}
