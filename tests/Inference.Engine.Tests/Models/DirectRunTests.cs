using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Engine.Tests.Models;

public sealed class DirectRunTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_ShapesComeAndGo_AlwaysGivesWhatASingleRunGives()
    {
        using var session = Load(OnnxModelBuilder.Linear());
        using var run = session.OpenRun();
        Assert.IsType<DirectRun>(run);
        int[] rows = [1, 1, 3, 3, 1, 0, 0, 2, 1];
        var held = new List<(InferenceResult Result, float[] Expected)>();

        foreach (var count in rows)
        {
            var values = Enumerable.Range(0, count * 2).Select(i => (float)(i + held.Count)).ToArray();
            using var x = Tensor.Create<float>("x", values, count, 2);
            held.Add((run.Run([x]), [.. values.Chunk(2).Select(row => (row[0] * 2) + (row[1] * 3) + 1)]));
        }

        // Results stay as they are while later runs use the same state.
        foreach (var (result, expected) in held)
        {
            Assert.Equal(InferenceStatus.Ok, result.Status);
            Assert.Equal([expected.Length, 1], result.Outputs[0].Shape);
            Assert.Equal(expected, result.Outputs[0].AsSpan<float>());
            result.Dispose();
        }
    }

    [Fact]
    public void Run_ValuesDecideAboutTheShape_IsRightAlthoughTheLastRunHadAnother()
    {
        using var session = Load(OnnxModelBuilder.PositiveRows());
        using var run = session.OpenRun();

        Assert.Equal(2, Kept(1, 2));
        Assert.Equal(1, Kept(1, -2));
        Assert.Equal(0, Kept(-1, -2));
        Assert.Equal(2, Kept(3, 4));

        int Kept(float first, float second)
        {
            using var x = Tensor.Create("x", [first, first, second, second], 2, 2);
            using var result = run.Run([x]);
            Assert.Equal(InferenceStatus.Ok, result.Status);
            Assert.All(result.Outputs[0].AsSpan<float>().ToArray(), value => Assert.True(value > 0));
            return (int)result.Outputs[0].Shape[0];
        }
    }

    [Fact]
    public void Run_BadValue_FailsAloneAndTheNextRunIsFine()
    {
        using var session = Load(OnnxModelBuilder.Lookup());
        using var run = session.OpenRun();
        foreach (var (index, expected) in new[] { (1L, 20f), (2L, 30f), (99L, float.NaN), (0L, 10f), (99L, float.NaN), (4L, 50f) })
        {
            using var x = Tensor.Create("index", [index], 1);
            using var result = run.Run([x]);
            Assert.Equal(float.IsNaN(expected) ? InferenceStatus.InvalidInput : InferenceStatus.Ok, result.Status);
            if (!float.IsNaN(expected))
            {
                Assert.Equal([expected], result.Outputs[0].AsSpan<float>());
            }
        }
    }

    [Fact]
    public void Run_Stopped_IsCancelledUntilReset()
    {
        using var session = Load(OnnxModelBuilder.Linear());
        using var run = session.OpenRun();
        using var x = Tensor.Create("x", [1f, 2f], 1, 2);
        run.Stop();
        Assert.Equal(InferenceStatus.Cancelled, run.Run([x]).Status);

        run.Reset();

        using var result = run.Run([x]);
        Assert.Equal([9f], result.Outputs[0].AsSpan<float>());
    }

    [Fact]
    public void Run_Warm_AllocatesNothingThatGrowsWithTheTensors()
    {
        using var session = Load(OnnxModelBuilder.Identity(OnnxType.Float, "a", "b"));
        using var run = session.OpenRun();

        var small = BytesPerRun(1);
        var large = BytesPerRun(100_000);

        Assert.InRange(small, 0, 600);
        Assert.Equal(small, large);

        long BytesPerRun(int width)
        {
            using var x = Tensor.Rent("x", ElementType.Fp32, 1, width);
            x.RawBytes.Clear();
            Tensor[] inputs = [x];
            for (var i = 0; i < 50; i++)
            {
                run.Run(inputs).Dispose();
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                run.Run(inputs).Dispose();
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        }
    }

    [Fact]
    public void OpenRun_TextsOrClassMaps_TakesTheOtherWay()
    {
        using var texts = Load(OnnxModelBuilder.Identity(OnnxType.String, "n"));
        using var maps = ModelSession.Load(TestModels.MnistWithZipMap, new ModelSessionOptions());
        using var first = texts.OpenRun();
        using var second = maps.OpenRun();

        Assert.IsType<SessionRun>(first);
        Assert.IsType<SessionRun>(second);
    }

    private ModelSession Load(OnnxModelBuilder model) => ModelSession.Load(model.Save(_folder.Path), new ModelSessionOptions());
}
