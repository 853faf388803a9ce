using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Service.Tests.Grpc;

/// <summary>One service, with a model of each type, for all tests of a class.</summary>
public sealed class GrpcService : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;

    internal InferenceHost Host { get; private set; } = null!;

    internal GrpcTestClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _registry = await FakeRegistry.StartAsync();
        var linear = _registry.Add("linear", 3, ServedTestModels.Linear());
        (string Name, OnnxType Type)[] identities =
        [
            ("BOOL", OnnxType.Bool),
            ("UINT8", OnnxType.Uint8),
            ("UINT16", OnnxType.Uint16),
            ("UINT32", OnnxType.Uint32),
            ("UINT64", OnnxType.Uint64),
            ("INT8", OnnxType.Int8),
            ("INT16", OnnxType.Int16),
            ("INT32", OnnxType.Int32),
            ("INT64", OnnxType.Int64),
            ("FP16", OnnxType.Float16),
            ("BF16", OnnxType.Bfloat16),
            ("FP32", OnnxType.Float),
            ("FP64", OnnxType.Double),
            ("BYTES", OnnxType.String),
        ];
        var revision = _registry.Set(
            [
                linear,
                _registry.Add("classes", 1, ServedTestModels.Classifier()),
                _registry.Add("endless", 1, ServedTestModels.Endless()),
                _registry.Add("scalar", 1, ServedTestModels.Identity(OnnxType.Float)),
                _registry.Add("one-text", 1, ServedTestModels.Identity(OnnxType.String, 1)),
                // One row, however long: a large tensor of it is one prediction in the log.
                _registry.Add("wide", 1, ServedTestModels.Identity(OnnxType.Float, 1, "n")),
                _registry.Add("open", 1, ServedTestModels.Identity(OnnxType.Float, "a", "b", "c")),
                .. identities.Select(identity => _registry.Add(identity.Name, 1, ServedTestModels.Identity(identity.Type, "n"))),
            ],
            FakeRegistry.Endpoint("demand", (linear, 100))
        );
        Host = await InferenceHost.StartAsync(
            _registry,
            _folder,
            null,
            ("Inference:Serving:WarmUp", "false"),
            ("Inference:MaxRequestBytes", "20000000")
        );
        Client = new GrpcTestClient(Host.GrpcUrl);
        await Host.LoadedAsync(revision);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
        await _registry.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();
}
