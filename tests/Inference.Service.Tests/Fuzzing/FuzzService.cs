using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;
using Slipway.Testing.Fuzzing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Fuzzing;

/// <summary>A service for damaged requests, and what must hold of its answer to each of them.</summary>
public sealed class FuzzService : IAsyncLifetime, IDisposable
{
    public const int MaxRequestBytes = 1 << 20;

    // What one request may allocate on both sides of the wire, buffers that grow by doubling included.
    private const long MaxAllocatedBytes = 48L << 20;
    private const int MaxErrorLength = 4096;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;

    internal InferenceHost Host { get; private set; } = null!;

    internal GrpcTestClient Grpc { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _registry = await FakeRegistry.StartAsync();
        var revision = _registry.Set([
            _registry.Add("demand", 1, ServedTestModels.Demand()),
            _registry.Add("linear", 1, ServedTestModels.Linear()),
            _registry.Add("classes", 1, ServedTestModels.Classifier()),
            _registry.Add("scalar", 1, ServedTestModels.Identity(OnnxType.Float)),
            _registry.Add("one-text", 1, ServedTestModels.Identity(OnnxType.String, 1)),
            _registry.Add("BOOL", 1, ServedTestModels.Identity(OnnxType.Bool, "n")),
            _registry.Add("INT8", 1, ServedTestModels.Identity(OnnxType.Int8, "n")),
            _registry.Add("INT64", 1, ServedTestModels.Identity(OnnxType.Int64, "n", "m")),
            _registry.Add("UINT64", 1, ServedTestModels.Identity(OnnxType.Uint64, "n")),
            _registry.Add("FP16", 1, ServedTestModels.Identity(OnnxType.Float16, "n")),
            _registry.Add("FP64", 1, ServedTestModels.Identity(OnnxType.Double, "n", 2)),
            _registry.Add("BYTES", 1, ServedTestModels.Identity(OnnxType.String, "n")),
        ]);
        Host = await InferenceHost.StartAsync(
            _registry,
            _folder,
            null,
            ("Inference:MaxRequestBytes", $"{MaxRequestBytes}"),
            ("Inference:Container:Model", "demand")
        );
        Grpc = new GrpcTestClient(Host.GrpcUrl);
        await Host.LoadedAsync(revision);
    }

    public async Task DisposeAsync()
    {
        Grpc.Dispose();
        await Host.DisposeAsync();
        await _registry.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Sends a request: whatever it is, the answer is a success, or the caller's mistake with a text that says which.</summary>
    internal async Task SendAsync(int number, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        string Case() => $"{path} {string.Join(' ', headers)} {FuzzPlan.Describe(number, body)}";
        var allocated = GC.GetTotalAllocatedBytes();
        using var limit = new CancellationTokenSource(s_limit);
        int status;
        byte[] answer;
        try
        {
            using var response = await Host.Client.SendAsync(request, limit.Token);
            status = (int)response.StatusCode;
            answer = await response.Content.ReadAsByteArrayAsync(limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new UnreachableException($"no answer ({e.Message}) to {Case()}", e);
        }
        Assert.True(GC.GetTotalAllocatedBytes() - allocated < MaxAllocatedBytes, $"too much memory for {Case()}");
        if (status == 200)
        {
            return;
        }
        var text = Encoding.UTF8.GetString(answer);
        Assert.True(status is 400 or 404 or 405 or 413 or 415, $"{status} {text} for {Case()}");
        Assert.True(IsError(text), $"{status} {text} is no clear error, for {Case()}");
    }

    /// <summary>Sends a gRPC request: a success, or the caller's mistake.</summary>
    internal async Task CallAsync(int number, string method, byte[] body, params (string Name, string Value)[] headers)
    {
        string Case() => $"{method} {string.Join(' ', headers)} {FuzzPlan.Describe(number, body)}";
        var allocated = GC.GetTotalAllocatedBytes();
        GrpcAnswer<Empty> answer;
        try
        {
            answer = await Grpc.SendAsync(method, Empty.Parser, body, headers).WaitAsync(s_limit);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            throw new UnreachableException($"no answer ({e.Message}) to {Case()}", e);
        }
        Assert.True(GC.GetTotalAllocatedBytes() - allocated < MaxAllocatedBytes, $"too much memory for {Case()}");
        // OK, INVALID_ARGUMENT, NOT_FOUND, RESOURCE_EXHAUSTED, UNIMPLEMENTED.
        Assert.True(answer.Status is 0 or 3 or 5 or 8 or 12, $"{answer.Status} {answer.Message} for {Case()}");
        Assert.True(
            answer.Status == 0 || answer.Message.Length is > 0 and < MaxErrorLength,
            $"{answer.Status} without a text for {Case()}"
        );
    }

    /// <summary>The next good request is served, and none of the damaged ones is still under way.</summary>
    internal async Task IsServingAsync()
    {
        var (status, answer, _) = await Host.PostAsync("v1/models/linear:predict", """{"instances":[[1,1]]}""");
        Assert.Equal((200, """{"predictions":[[6.0]]}"""), (status, answer));
        await Eventually.TrueAsync(async () =>
            (await Host.GetAsync("metrics")).Body.Contains("slipway_inference_active_requests 0\n", StringComparison.Ordinal)
        );
    }

    private static bool IsError(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.GetProperty("error").GetString() is { Length: > 0 and < MaxErrorLength };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            return false;
        }
    }
}
