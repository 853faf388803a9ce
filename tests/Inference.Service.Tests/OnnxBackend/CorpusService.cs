using Slipway.Inference.Service.Tests.Grpc;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.OnnxBackend;

/// <summary>One service that serves every model of the corpus that it takes.</summary>
public sealed class CorpusService : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;
    private InferenceHost _host = null!;
    private GrpcTestClient _grpc = null!;

    internal CorpusWires Wires { get; private set; } = null!;

    /// <summary>The models that are served; the others were refused.</summary>
    internal IReadOnlySet<string> Served { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _registry = await FakeRegistry.StartAsync();
        _registry.Set([.. CorpusArchive.Cases.Values.Select(each => _registry.Add(each.ModelName, 1, each.Model))]);
        _host = await InferenceHost.StartAsync(
            _registry,
            _folder,
            null,
            // What is refused stays refused: another try would only take time.
            ("Inference:Serving:MinLoadRetryDelay", "00:05:00"),
            ("Inference:Serving:MaxLoadRetryDelay", "01:00:00"),
            ("Inference:Serving:WarmUp", "false")
        );
        _grpc = new GrpcTestClient(_host.GrpcUrl);
        Wires = new CorpusWires(_host, _grpc);
        await Eventually.TrueAsync(
            async () => (await _host.GetServedAsync()).Models is { Count: > 0 } models && models.All(model => model.State != "loading"),
            TimeSpan.FromMinutes(2)
        );
        Served = (await _host.GetServedAsync()).Models.Where(model => model.State == "ready").Select(model => model.Model).ToHashSet();
    }

    public async Task DisposeAsync()
    {
        _grpc.Dispose();
        await _host.DisposeAsync();
        await _registry.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();
}
