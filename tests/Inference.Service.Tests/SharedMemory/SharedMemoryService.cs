using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.SharedMemory;

/// <summary>One service that offers shared memory, for all tests of a class.</summary>
public sealed class SharedMemoryService : IAsyncLifetime, IDisposable
{
    public const int MaxRegions = 6;
    public const int MaxHeldBytes = 8 << 20;

    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;
    private GrpcTestClient _grpc = null!;

    internal InferenceHost Host { get; private set; } = null!;

    /// <summary>The clients by the names of their wires: <c>rest</c>, <c>grpc</c> and <c>stream</c>.</summary>
    internal SharedMemoryClient Client(string wire) =>
        wire == "rest" ? new RestSharedMemoryClient(Host.Client) : new GrpcSharedMemoryClient(_grpc, isStreamed: wire == "stream");

    public async Task InitializeAsync()
    {
        _registry = await FakeRegistry.StartAsync();
        var revision = _registry.Set([
            _registry.Add("linear", 3, ServedTestModels.Linear()),
            _registry.Add("demand", 1, ServedTestModels.Demand()),
            _registry.Add("BYTES", 1, ServedTestModels.Identity(OnnxType.String, "n")),
            _registry.Add("BOOL", 1, ServedTestModels.Identity(OnnxType.Bool, "n")),
            _registry.Add("FP16", 1, ServedTestModels.Identity(OnnxType.Float16, "n")),
            _registry.Add("wide", 1, ServedTestModels.Identity(OnnxType.Float, 1, "n")),
        ]);
        Host = await InferenceHost.StartAsync(
            _registry,
            _folder,
            null,
            ("Inference:Serving:WarmUp", "false"),
            ("Inference:SharedMemory:Enabled", "true"),
            ("Inference:SharedMemory:MaxRegions", $"{MaxRegions}"),
            ("Inference:MaxHeldRequestBytes", $"{MaxHeldBytes}")
        );
        _grpc = new GrpcTestClient(Host.GrpcUrl);
        await Host.LoadedAsync(revision);
    }

    public async Task DisposeAsync()
    {
        _grpc.Dispose();
        await Host.DisposeAsync();
        await _registry.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();
}
