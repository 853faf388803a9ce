using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Serving;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Telemetry;

public sealed class EngineMetricsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly MeasuredValues _measured = new();

    public void Dispose()
    {
        _measured.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task LoadedModel_Requests_AreCountedByOutcome()
    {
        var session = ModelSession.Load(OnnxModelBuilder.Linear().Save(_folder.Path), new ModelSessionOptions(), null, _measured.Metrics);
        var model = new LoadedModel("demand", 1, "digest", session, new ModelSettings(), TimeProvider.System, null, _measured.Metrics);
        using var good = Tensor.Create("x", [1f, 2f, 3f, 4f], 2, 2);
        using var bad = Tensor.Create("x", [1f], 1);

        (await model.InferAsync([good], null, CancellationToken.None)).Dispose();
        (await model.InferAsync([good], null, CancellationToken.None)).Dispose();
        (await model.InferAsync([bad], null, CancellationToken.None)).Dispose();

        Assert.Equal(2, _measured["slipway.engine.requests ok"]);
        Assert.Equal(1, _measured["slipway.engine.requests invalid_input"]);
        Assert.Equal(4, _measured["slipway.engine.batch.rows"]);
        Assert.Equal(0, _measured["slipway.engine.queue.requests"]);
        Assert.Equal(1, _measured["slipway.engine.models"]);
        Assert.True(_measured["slipway.engine.compute.duration"] > 0);

        model.Release();
        await model.Unloaded.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _measured["slipway.engine.models"]);
    }

    [Fact]
    public void Load_GpuAbsent_CountsEachFallback()
    {
        var path = OnnxModelBuilder.Linear().Save(_folder.Path);
        var options = new ModelSessionOptions { Providers = ["cuda", "cpu"] };

        ModelSession.Load(path, options, null, _measured.Metrics).Dispose();
        ModelSession.Load(path, options, null, _measured.Metrics).Dispose();

        Assert.Equal(2, _measured["slipway.engine.provider.fallbacks cuda"]);
    }
}
