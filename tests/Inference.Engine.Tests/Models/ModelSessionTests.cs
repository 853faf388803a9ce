using System.Diagnostics;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Onnx;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Engine.Tests.Models;

public sealed class ModelSessionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_LinearModel_ComputesEachRow()
    {
        using var session = Load(OnnxModelBuilder.Linear());
        using var x = Tensor.Create("x", [1f, 1f, 2f, 0f], 2, 2);

        using var result = session.Run([x], CancellationToken.None);

        Assert.Equal(InferenceStatus.Ok, result.Status);
        var y = Assert.Single(result.Outputs);
        Assert.Equal("y", y.Name);
        Assert.Equal([2L, 1L], y.Shape);
        Assert.Equal([6f, 5f], y.AsSpan<float>().ToArray());
    }

    [Fact]
    public void Load_LinearModel_ReadsTheSignature()
    {
        using var session = Load(OnnxModelBuilder.Linear());

        var input = Assert.Single(session.Signature.Inputs);
        Assert.Equal(("x", ElementType.Fp32), (input.Name, input.Type));
        Assert.Equal([-1L, 2L], input.Shape);
        Assert.Equal("batch", input.Symbols[0]);
        Assert.True(session.Signature.RowsCanBeJoined);
        Assert.Equal(["cpu"], session.Providers);
    }

    [Fact]
    public void Load_ModelWithProperties_ShowsThem()
    {
        var model = OnnxModelBuilder.Linear();
        model.Model.MetadataProps.Add(new StringStringEntryProto { Key = "classes", Value = "[\"no\",\"yes\"]" });

        using var session = Load(model);

        Assert.Equal("[\"no\",\"yes\"]", session.Properties["classes"]);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("y")]
    public void Run_OutputThatIsAnInput_OutlivesTheInput(string output)
    {
        // An output of the input's own name has no node in between: the runtime hands the caller's memory back.
        var model = new OnnxModelBuilder().Input("x", OnnxType.Float, "n").Output(output, OnnxType.Float, "n");
        model.Input("other", OnnxType.Float, "n").Output("sum", OnnxType.Float, "n").Node("Add", ["x", "other"], ["sum"]);
        if (output != "x")
        {
            model.Node("Identity", ["x"], [output]);
        }
        using var session = Load(model);
        var x = Tensor.Create("x", [1f, 2f, 3f], 3);
        using var other = Tensor.Create("other", [1f, 1f, 1f], 3);

        using var result = session.Run([x, other], CancellationToken.None);
        x.AsSpan<float>().Fill(99f);
        x.Dispose();

        Assert.Equal(InferenceStatus.Ok, result.Status);
        Assert.Equal([1f, 2f, 3f], result.Outputs[0].AsSpan<float>().ToArray());
        Assert.Equal([2f, 3f, 4f], result.Outputs[1].AsSpan<float>().ToArray());
    }

    [Theory]
    [InlineData(OnnxType.Bool, ElementType.Bool)]
    [InlineData(OnnxType.Uint8, ElementType.UInt8)]
    [InlineData(OnnxType.Uint16, ElementType.UInt16)]
    [InlineData(OnnxType.Uint32, ElementType.UInt32)]
    [InlineData(OnnxType.Uint64, ElementType.UInt64)]
    [InlineData(OnnxType.Int8, ElementType.Int8)]
    [InlineData(OnnxType.Int16, ElementType.Int16)]
    [InlineData(OnnxType.Int32, ElementType.Int32)]
    [InlineData(OnnxType.Int64, ElementType.Int64)]
    [InlineData(OnnxType.Float16, ElementType.Fp16)]
    [InlineData(OnnxType.Bfloat16, ElementType.Bf16)]
    [InlineData(OnnxType.Float, ElementType.Fp32)]
    [InlineData(OnnxType.Double, ElementType.Fp64)]
    public void Run_IdentityOfEachType_GivesTheSameBytes(OnnxType onnxType, ElementType type)
    {
        using var session = Load(OnnxModelBuilder.Identity(onnxType, "n"));
        using var x = Tensor.Rent("x", type, 3);
        for (var i = 0; i < x.RawBytes.Length; i++)
        {
            x.RawBytes[i] = (byte)(type == ElementType.Bool ? i % 2 : i + 1);
        }

        using var result = session.Run([x], CancellationToken.None);

        Assert.Null(result.Error);
        Assert.Equal(type, result.Outputs[0].Type);
        Assert.Equal(x.RawBytes.ToArray(), result.Outputs[0].RawBytes.ToArray());
    }

    [Fact]
    public void Run_Strings_GivesTheSameTextsAndZeroBytes()
    {
        using var session = Load(OnnxModelBuilder.Identity(OnnxType.String, "n"));
        using var x = Tensor.FromStrings("x", ["", "straße", "a\0b"], 3);

        using var result = session.Run([x], CancellationToken.None);

        Assert.Null(result.Error);
        Assert.Equal(["", "straße", "a\0b"], result.Outputs[0].Strings.ToArray().Select(s => System.Text.Encoding.UTF8.GetString(s.Span)));
    }

    [Fact]
    public void Run_ScalarAndEmptyTensors_KeepTheirShapes()
    {
        using var scalar = Load(OnnxModelBuilder.Identity(OnnxType.Float));
        using var one = Tensor.Create("x", [7f]);
        using var scalarResult = scalar.Run([one], CancellationToken.None);
        using var vector = Load(OnnxModelBuilder.Identity(OnnxType.Float, "n", 4), "vector.onnx");
        using var none = Tensor.Create<float>("x", [], 0, 4);
        using var emptyResult = vector.Run([none], CancellationToken.None);

        Assert.Equal([], scalarResult.Outputs[0].Shape);
        Assert.Equal(7f, scalarResult.Outputs[0].AsSpan<float>()[0]);
        Assert.Equal([0L, 4L], emptyResult.Outputs[0].Shape);
    }

    [Fact]
    public void Run_IrisModel_GivesProbabilities()
    {
        using var session = ModelSession.Load(TestModels.Iris, new ModelSessionOptions());
        using var x = Tensor.Create("input", [5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3.0f, 5.2f, 2.3f], 2, 4);

        using var result = session.Run([x], CancellationToken.None);

        Assert.Null(result.Error);
        var rows = result.Outputs[0].AsSpan<float>();
        Assert.Equal([2L, 3L], result.Outputs[0].Shape);
        Assert.Equal(1, rows[0] + rows[1] + rows[2], 5);
        Assert.Equal(1, rows[3] + rows[4] + rows[5], 5);
    }

    [Fact]
    public void Run_ZipMapOutput_IsOneRowOfProbabilitiesPerInput()
    {
        using var session = ModelSession.Load(TestModels.MnistWithZipMap, new ModelSessionOptions());
        var input = Assert.Single(session.Signature.Inputs);
        using var x = Tensor.Rent(input.Name, input.Type, 3, 784);
        x.AsSpan<float>().Fill(0.5f);

        using var result = session.Run([x], CancellationToken.None);

        Assert.Null(result.Error);
        var probabilities = result.Outputs[1];
        Assert.Equal((ElementType.Fp32, "[3,10]"), (probabilities.Type, TensorShape.Format(probabilities.Shape)));
        Assert.Equal(1f, probabilities.AsSpan<float>()[20..30].ToArray().Sum(), 4);
        Assert.Equal([-1L, -1L], session.Signature.Outputs[1].Shape);
    }

    [Fact]
    public void Run_WrongInputs_AreRefusedWithTheReason()
    {
        using var session = Load(OnnxModelBuilder.Add());
        using var a = Tensor.Create("a", [1f, 2f], 1, 2);
        using var wrongShape = Tensor.Create("b", [1f, 2f, 3f], 1, 3);
        using var wrongType = Tensor.Create("b", [1L, 2L], 1, 2);
        using var stranger = Tensor.Create("c", [1f], 1);

        AssertRefused([a], "'b' is missing");
        AssertRefused([a, a], "'a' is given twice");
        AssertRefused([a, wrongShape], "shape [1,3], the model expects [-1,2]");
        AssertRefused([a, wrongType], "datatype INT64, the model expects FP32");
        AssertRefused([a, stranger], "unexpected inference input 'c'");

        void AssertRefused(Tensor[] inputs, string reason)
        {
            using var result = session.Run(inputs, CancellationToken.None);
            Assert.Equal(InferenceStatus.InvalidInput, result.Status);
            Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Run_ValueThatOnlyTheGraphCanJudge_IsTheCallersMistake()
    {
        using var session = Load(OnnxModelBuilder.Lookup());
        using var index = Tensor.Create("index", [99L], 1);

        using var result = session.Run([index], CancellationToken.None);

        Assert.Equal(InferenceStatus.InvalidInput, result.Status);
        Assert.Contains("99", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CancelledWhileRunning_StopsTheGraph()
    {
        using var session = Load(OnnxModelBuilder.LoopBomb());
        using var x = Tensor.Create("x", [0f, 0f], 1, 2);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var watch = Stopwatch.StartNew();

        using var result = await Task.Run(() => session.Run([x], cancellation.Token));

        Assert.Equal(InferenceStatus.Cancelled, result.Status);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"stopped only after {watch.Elapsed}");
    }

    [Fact]
    public void Run_InputsSlicedFromALargerTensor_SeeOnlyTheirRows()
    {
        using var session = Load(OnnxModelBuilder.Linear());
        using var all = Tensor.Create("x", [1f, 1f, 2f, 0f, 5f, 5f], 3, 2);
        using var middle = all.SliceRows(1, 1);

        using var result = session.Run([middle], CancellationToken.None);

        Assert.Equal([5f], result.Outputs[0].AsSpan<float>().ToArray());
    }

    [Fact]
    public void WarmUp_RunsOnZeros()
    {
        using var session = Load(OnnxModelBuilder.Linear());

        using var result = session.WarmUp();

        Assert.Equal([1f], result.Outputs[0].AsSpan<float>().ToArray());
    }

    [Fact]
    public void Load_GpuAbsent_FallsBackToTheProcessor()
    {
        OnnxModelBuilder.Linear().Save(_folder.Path);
        var options = new ModelSessionOptions { Providers = ["tensorrt", "cuda", "cpu"] };

        using var session = ModelSession.Load(_folder.Combine("model.onnx"), options);

        Assert.Equal(["cpu"], session.Providers);
        using var result = session.WarmUp();
        Assert.Equal(InferenceStatus.Ok, result.Status);
    }

    [Fact]
    public void Load_OwnThreads_Runs()
    {
        OnnxModelBuilder.Linear().Save(_folder.Path);

        using var session = ModelSession.Load(_folder.Combine("model.onnx"), new ModelSessionOptions { IntraOpThreads = 2 });

        using var result = session.WarmUp();
        Assert.Equal(InferenceStatus.Ok, result.Status);
    }

    [Fact]
    public void Run_LargerTensors_AllocateNoMoreManagedMemory()
    {
        using var session = Load(OnnxModelBuilder.Identity(OnnxType.Float, "n"));
        var small = AllocatedPerRun(elements: 16);
        var large = AllocatedPerRun(elements: 1 << 20);

        // 4 MiB went in and out; what remains are the wrappers of the call.
        Assert.InRange(large - small, -4096, 4096);

        long AllocatedPerRun(int elements)
        {
            const int Runs = 20;
            using var x = Tensor.Rent("x", ElementType.Fp32, elements);
            x.RawBytes.Clear();
            session.Run([x], CancellationToken.None).Dispose();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Runs; i++)
            {
                session.Run([x], CancellationToken.None).Dispose();
            }

            return (GC.GetAllocatedBytesForCurrentThread() - before) / Runs;
        }
    }

    private ModelSession Load(OnnxModelBuilder model, string file = "model.onnx") =>
        ModelSession.Load(model.Save(_folder.Path, file), new ModelSessionOptions());
}
