using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;
using Slipway.Contracts.Serving;

namespace Slipway.Inference.Service.Tests.Hosting;

/// <summary>The part of the registry that inference asks: the serving state with ETag and long poll, and blobs by digest.</summary>
internal sealed class FakeRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServingState? _state;
    private long _revision;
    private volatile bool _isAway;
    private int _downloads;
    private int _polls;

    private FakeRegistry(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>Blobs sent so far.</summary>
    public int Downloads => _downloads;

    /// <summary>Questions for the serving state so far.</summary>
    public int Polls => _polls;

    /// <summary>Answers everything with 503.</summary>
    public bool IsAway
    {
        set
        {
            _isAway = value;
            Release();
        }
    }

    public static async Task<FakeRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var registry = new FakeRegistry(app);
        app.MapGet("/api/v1/serving-state", registry.GetStateAsync);
        app.MapGet("/api/v1/blobs/{digest}", registry.GetBlob);
        await app.StartAsync();
        return registry;
    }

    /// <summary>Stores a model's file and describes it as a version.</summary>
    public ServedModelVersion Add(string model, int version, byte[] bytes, params string[] aliases)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        _blobs[sha256] = bytes;
        return new ServedModelVersion
        {
            Model = model,
            Version = version,
            Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"model.onnx {sha256}\n"))),
            ModelFile = "model.onnx",
            Files = [new ServedFile("model.onnx", sha256, bytes.Length)],
            Aliases = aliases,
        };
    }

    /// <summary>What is sent for a digest from now on, whatever its own digest is.</summary>
    public void Replace(string sha256, byte[] bytes) => _blobs[sha256] = bytes;

    public static ServedEndpoint Endpoint(string name, params (ServedModelVersion Version, double Weight)[] routes) =>
        new()
        {
            Name = name,
            Routes = [.. routes.Select(route => new ServedRoute(route.Version.Model, route.Version.Version, route.Weight))],
        };

    /// <summary>Wants this from now on; returns the new revision.</summary>
    public long Set(IReadOnlyList<ServedModelVersion> models, params ServedEndpoint[] endpoints)
    {
        lock (_gate)
        {
            _state = new ServingState
            {
                Revision = ++_revision,
                Endpoints = endpoints,
                Models = models,
            };
        }
        Release();
        return _revision;
    }

    public async ValueTask DisposeAsync()
    {
        Release();
        await _app.DisposeAsync();
    }

    private void Release() =>
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private async Task<IResult> GetStateAsync(HttpContext context, int waitSeconds)
    {
        Interlocked.Increment(ref _polls);
        var changed = _changed.Task;
        if (_state is { } known && context.Request.Headers.IfNoneMatch == $"\"{known.Revision}\"" && !_isAway)
        {
            try
            {
                await changed.WaitAsync(TimeSpan.FromSeconds(waitSeconds), context.RequestAborted);
            }
            catch (TimeoutException)
            {
                return Results.StatusCode(StatusCodes.Status304NotModified);
            }
            catch (OperationCanceledException)
            {
                return Results.Empty;
            }
        }
        if (_isAway || _state is not { } state)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
        context.Response.Headers.ETag = $"\"{state.Revision}\"";
        return Results.Text(JsonSerializer.Serialize(state, ContractsJson.Default.ServingState), "application/json");
    }

    private IResult GetBlob(string digest)
    {
        if (_isAway)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
        Interlocked.Increment(ref _downloads);
        return _blobs.TryGetValue(digest, out var bytes) ? Results.Bytes(bytes, "application/octet-stream") : Results.NotFound();
    }
}
