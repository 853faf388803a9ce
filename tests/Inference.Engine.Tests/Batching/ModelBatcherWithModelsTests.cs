using System.Globalization;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Engine.Tests.Models;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Batching;

public sealed class ModelBatcherWithModelsTests
{
    private static readonly ModelLabels Labels = new("demand", "1");

    [Fact]
    public async Task InferAsync_OutputsWithoutARowPerInput_TurnsJoiningOff()
    {
        using var folder = new TempFolder();
        using var session = ModelSession.Load(OnnxModelBuilder.PositiveRows().Save(folder.Path), new ModelSessionOptions());
        using var held = new HeldRunner(session);
        await using var batcher = new ModelBatcher(held, QueueSettings.Of(runs: 1), true, Labels, TimeProvider.System);
        Assert.True(batcher.JoinsRequests);
        var first = Pair(batcher, 9);
        await Eventually.TrueAsync(() => batcher.QueuedRequests == 0);
        var (one, none, three) = (Pair(batcher, 1), Pair(batcher, -1), Pair(batcher, 3));
        held.Allow();

        Assert.Equal([1f, 1f], Values(await one));
        Assert.Equal([], Values(await none));
        Assert.Equal([3f, 3f], Values(await three));
        Assert.Equal([9f, 9f], Values(await first));
        Assert.False(batcher.JoinsRequests);
    }

    [Fact]
    public async Task InferAsync_RowsSetAgainstEachOther_AreNeverJoined()
    {
        using var folder = new TempFolder();
        const Onnx.TensorProto.Types.DataType Float = Onnx.TensorProto.Types.DataType.Float;
        var similarities = new OnnxModelBuilder()
            .Input("x", Float, "rows", 2)
            .Output("y", Float, "rows", "rows")
            .Node("Transpose", ["x"], ["t"])
            .Node("MatMul", ["x", "t"], ["y"]);
        using var session = ModelSession.Load(similarities.Save(folder.Path), new ModelSessionOptions());
        using var held = new HeldRunner(session);
        await using var batcher = new ModelBatcher(held, QueueSettings.Of(runs: 1), true, Labels, TimeProvider.System);
        var first = Pair(batcher, 1);
        await Eventually.TrueAsync(() => batcher.QueuedRequests == 0);
        var (two, three) = (Pair(batcher, 2), Pair(batcher, 3));
        held.Allow();

        Assert.Equal([2f], Values(await first));
        Assert.Equal([8f], Values(await two));
        Assert.Equal([18f], Values(await three));
    }

    [Fact]
    public async Task InferAsync_FixedFirstDimension_IsNeverJoined()
    {
        using var folder = new TempFolder();
        var model = OnnxModelBuilder.Identity(Onnx.TensorProto.Types.DataType.Float, 1, 2);
        using var session = ModelSession.Load(model.Save(folder.Path), new ModelSessionOptions());
        await using var batcher = new ModelBatcher(session, QueueSettings.Of(runs: 1), true, Labels, TimeProvider.System);

        var results = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Pair(batcher, i)));

        Assert.False(batcher.JoinsRequests);
        for (var i = 0; i < results.Length; i++)
        {
            Assert.Equal([i + 1f, i + 1f], Values(results[i]));
            Assert.Equal(1, results[i].BatchRows);
        }
    }

    [Fact]
    public async Task InferAsync_Strings_AreJoinedAndTakenApart()
    {
        using var folder = new TempFolder();
        var model = OnnxModelBuilder.Identity(Onnx.TensorProto.Types.DataType.String, "batch");
        using var session = ModelSession.Load(model.Save(folder.Path), new ModelSessionOptions());
        using var held = new HeldRunner(session);
        await using var batcher = new ModelBatcher(held, QueueSettings.Of(runs: 1), true, Labels, TimeProvider.System);
        var calls = Enumerable
            .Range(0, 10)
            .Select(i => batcher.InferAsync([Tensor.FromStrings("x", [$"text {i}"], 1)], default, CancellationToken.None).AsTask())
            .ToArray();
        held.Allow();

        var results = await Task.WhenAll(calls);

        for (var i = 0; i < results.Length; i++)
        {
            Assert.Equal($"text {i}", System.Text.Encoding.UTF8.GetString(Assert.Single(results[i].Outputs[0].Strings.ToArray()).Span));
        }
    }

    [Fact]
    public async Task InferAsync_ManyCallersOfARealModel_GetWhatTheBareSessionGives()
    {
        using var session = ModelSession.Load(TestModels.Iris, new ModelSessionOptions());
        await using var batcher = new ModelBatcher(session, QueueSettings.Of(), true, Labels, TimeProvider.System);

        var mismatches = await Task.WhenAll(Enumerable.Range(0, 16).Select(seed => Task.Run(() => CountMismatches(seed))));

        Assert.All(mismatches, count => Assert.Equal(0, count));

        async Task<int> CountMismatches(int seed)
        {
            var random = new Random(seed);
            var mismatches = 0;
            for (var i = 0; i < 200; i++)
            {
                var rows = random.Next(1, 5);
                var values = Enumerable.Range(0, rows * 4).Select(_ => random.NextSingle() * 8).ToArray();
                using var x = Tensor.Create<float>("input", values, rows, 4);
                using var expected = session.Run([x], CancellationToken.None);
                using var actual = await batcher
                    .InferAsync([x], InferenceCall.Within(TimeSpan.FromSeconds(30)), CancellationToken.None)
                    .AsTask();
                var same =
                    actual.Status == InferenceStatus.Ok
                    && expected.Outputs[0].Shape.SequenceEqual(actual.Outputs[0].Shape)
                    && Values(expected).Zip(Values(actual)).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
                mismatches += same ? 0 : 1;
            }

            return mismatches;
        }
    }

    private static async Task<InferenceResult> Pair(ModelBatcher batcher, float value)
    {
        using var x = Tensor.Create("x", [value, value], 1, 2);
        return await batcher.InferAsync([x], default, CancellationToken.None).AsTask();
    }

    private static List<float> Values(InferenceResult result)
    {
        Assert.True(result.Status == InferenceStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"{result.Status}: {result.Error}"));
        return [.. result.Outputs[0].AsSpan<float>()];
    }
}
