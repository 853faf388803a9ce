using System.Globalization;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>A batcher over a runner whose runs the test lets go, on a clock that the test moves.</summary>
#pragma warning disable CA1001 // xunit calls IAsyncLifetime.DisposeAsync.
public abstract class BatcherTestBase : IAsyncLifetime
#pragma warning restore CA1001
{
    private ModelBatcher? _batcher;

    private protected static ModelLabels Labels { get; } = new("demand", "1");

    private protected GatedRunner Runner { get; } = new();

    private protected ManualClock Clock { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        Runner.Allow(1000);
        if (_batcher is not null)
        {
            await _batcher.DisposeAsync();
        }

        Runner.Dispose();
    }

    private protected static async Task<InferenceResult> InferWith(
        ModelBatcher batcher,
        float value,
        InferenceCall call,
        CancellationToken cancellationToken = default
    )
    {
        using var x = Column(value);
        return await batcher.InferAsync([x], call, cancellationToken);
    }

    private protected static Tensor Column(params float[] values) => Tensor.Create<float>("x", values, values.Length, 1);

    private protected static async Task<InferenceResult> Infer(ModelBatcher batcher, params float[] values)
    {
        using var x = Column(values);
        return await batcher.InferAsync([x], default, CancellationToken.None).AsTask();
    }

    private protected static List<float> Values(InferenceResult result)
    {
        Assert.True(result.Status == InferenceStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"{result.Status}: {result.Error}"));
        return [.. result.Outputs[0].AsSpan<float>()];
    }

    private protected ModelBatcher Start(ModelSettings settings) => _batcher = new ModelBatcher(Runner, settings, true, Labels, Clock);

    /// <summary>Occupies the only run, so that everything after it waits.</summary>
    private protected async Task<Task<InferenceResult>> StartBlockedRunAsync(
        ModelBatcher batcher,
        int alreadyRun = 0,
        TimeSpan dueAfter = default
    )
    {
        var first = Infer(batcher, 0);
        Clock.Advance(dueAfter);
        await Eventually.TrueAsync(() => Runner.Runs.Count == alreadyRun + 1);
        return first;
    }
}
