using System.Diagnostics;
using System.Security.Cryptography;
using Google.Protobuf;
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
    public void Load_GpuRequiredAndAbsent_IsRefused()
    {
        OnnxModelBuilder.Linear().Save(_folder.Path);
        var options = new ModelSessionOptions { Providers = ["cuda"], RequireGpu = true };

        AssertRefused(ModelLoadCodes.GpuRequired, _folder.Combine("model.onnx"), options);
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
    public void Load_ExternalDataInTheFolder_IsUsed()
    {
        File.WriteAllBytes(_folder.Combine("w.bin"), [.. BitConverter.GetBytes(10f), .. BitConverter.GetBytes(20f)]);
        using var session = Load(OnnxModelBuilder.WithExternalWeight("w.bin"));
        using var x = Tensor.Create("x", [1f, 2f], 1, 2);

        using var result = session.Run([x], CancellationToken.None);

        Assert.Equal([11f, 22f], result.Outputs[0].AsSpan<float>().ToArray());
        Assert.Equal([_folder.Combine("w.bin")], session.ExternalFiles);
    }

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("sub/../../secret.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\secret.bin")]
    [InlineData("..\\secret.bin")]
    [InlineData("missing.bin")]
    [InlineData("sub")]
    [InlineData("")]
    [InlineData("*/_ORT_MEM_ADDR_/*")]
    public void Load_ExternalDataElsewhere_IsRefused(string location)
    {
        var model = Directory.CreateDirectory(_folder.Combine("model")).FullName;
        Directory.CreateDirectory(Path.Combine(model, "sub"));
        File.WriteAllBytes(_folder.Combine("secret.bin"), new byte[8]);
        var path = OnnxModelBuilder.WithExternalWeight(location).Save(model);

        AssertRefused(ModelLoadCodes.ExternalData, path);
    }

    [Fact]
    public void Load_ExternalDataThroughALink_IsRefused()
    {
        var model = Directory.CreateDirectory(_folder.Combine("model")).FullName;
        File.WriteAllBytes(_folder.Combine("secret.bin"), new byte[8]);
        File.CreateSymbolicLink(Path.Combine(model, "w.bin"), _folder.Combine("secret.bin"));
        var path = OnnxModelBuilder.WithExternalWeight("w.bin").Save(model);

        AssertRefused(ModelLoadCodes.ExternalData, path);
    }

    [Fact]
    public void Load_ExternalDataHiddenInASubgraph_IsRefused()
    {
        var bomb = OnnxModelBuilder.LoopBomb(trips: 1);
        var body = bomb.Model.Graph.Node[0].Attribute[0].G;
        body.Node.Add(
            OnnxModelBuilder.MakeNode(
                "Constant",
                [],
                ["hidden"],
                new AttributeProto
                {
                    Name = "value",
                    Type = AttributeProto.Types.AttributeType.Tensor,
                    T = OnnxModelBuilder.External("hidden", "../secret.bin", 2),
                }
            )
        );

        AssertRefused(ModelLoadCodes.ExternalData, bomb.Save(_folder.Path));
    }

    [Fact]
    public void Load_ExternalDataBehindAnOverlongTag_IsRefused()
    {
        // Field 13 (external_data) with 2^32 added to its tag: a parser that keeps the lower 32 bits reads it, one that keeps all does not.
        byte[] entry = [.. Field(1, "location"u8), .. Field(2, "../secret"u8)];
        byte[] tensor = [0xEA, 0x80, 0x80, 0x80, 0x10, (byte)entry.Length, .. entry];
        byte[] graph = [.. Field(5, tensor)];

        AssertRefused(ModelLoadCodes.NotOnnx, Write([0x08, 0x08, .. Field(7, graph)]));

        static byte[] Field(int number, ReadOnlySpan<byte> content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];
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

    [Fact]
    public void Load_UnknownOperator_IsRefused()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n");
        model.Model.Graph.Node[0].OpType = "NoSuchOperator";

        AssertRefused(ModelLoadCodes.UnknownOperator, model.Save(_folder.Path));
    }

    [Fact]
    public void Load_UnknownDomain_IsRefused()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n").Opset("com.example", 1);
        model.Model.Graph.Node[0].Domain = "com.example";

        AssertRefused(ModelLoadCodes.UnknownOperator, model.Save(_folder.Path));
    }

    [Fact]
    public void Load_Missing_IsRefused() => AssertRefused(ModelLoadCodes.NotFound, _folder.Combine("none.onnx"));

    [Fact]
    public void Load_Empty_IsRefused() => AssertRefused(ModelLoadCodes.NotFound, Write([]));

    [Theory]
    [InlineData("80049526000000")] // pickle protocol 4
    [InlineData("504B030414000000")] // zip: torch, keras
    [InlineData("894844460D0A1A0A")] // HDF5
    [InlineData("1F8B0800")] // gzip: joblib
    [InlineData("789C0102")] // zlib: joblib
    [InlineData("7F454C4602010100")] // program
    [InlineData("23212F62696E2F7368")] // script
    [InlineData("200000004F52544D")] // ORT's own format
    public void Load_FormatThatCarriesCode_IsRefused(string hex) =>
        AssertRefused(ModelLoadCodes.UnsafeFormat, Write([.. Convert.FromHexString(hex), .. new byte[64]]));

    [Fact]
    public void Load_TruncatedAtEveryLength_IsRefusedOrSound()
    {
        var bytes = OnnxModelBuilder.Linear().Model.ToByteArray();
        for (var length = 1; length < bytes.Length; length++)
        {
            var path = Write(bytes[..length]);
            try
            {
                // A cut between two top-level fields can leave a smaller but sound model.
                using var session = ModelSession.Load(path, new ModelSessionOptions());
            }
            catch (ModelLoadException e)
            {
                Assert.NotEmpty(e.Code);
                Assert.DoesNotContain(_folder.Path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Load_RandomBytes_IsRefused(int seed)
    {
        var bytes = new byte[1 << 20];
        new Random(seed).NextBytes(bytes);
        bytes[0] = 0x08;

        AssertRefused(ModelLoadCodes.NotOnnx, Write(bytes));
    }

    [Fact]
    public void Load_FlippedBytes_NeverCrashes()
    {
        var sound = OnnxModelBuilder.Linear().Model.ToByteArray();
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var bytes = (byte[])sound.Clone();
            for (var i = 0; i < 3; i++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var path = Write(bytes);
            try
            {
                using var session = ModelSession.Load(path, new ModelSessionOptions());
            }
            catch (ModelLoadException e)
            {
                Assert.NotEmpty(e.Code);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }
    }

    [Fact]
    public void Load_SequenceOutput_IsRefusedWithAdvice()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n");
        model.Model.Graph.Node[0].OpType = "SequenceConstruct";
        model.Model.Graph.Output[0].Type = new TypeProto
        {
            SequenceType = new TypeProto.Types.Sequence
            {
                ElemType = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)OnnxType.Float } },
            },
        };

        var refused = AssertRefused(ModelLoadCodes.UnsupportedType, model.Save(_folder.Path));

        Assert.Contains("Output 'y' is a sequence", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ElementTypeWithoutAName_IsRefused()
    {
        const OnnxType Float8E4M3Fn = (OnnxType)17;
        var model = OnnxModelBuilder.Identity(Float8E4M3Fn, "n");
        model.Model.OpsetImport[0].Version = 19;

        AssertRefused(ModelLoadCodes.UnsupportedType, model.Save(_folder.Path));
    }

    [Fact]
    public async Task VerifyAsync_ChangedFile_IsRefused()
    {
        var path = Write([1, 2, 3]);
        var digest = Convert.ToHexStringLower(SHA256.HashData([1, 2, 3]));
        await FileDigest.VerifyAsync(path, digest, CancellationToken.None);

        File.WriteAllBytes(path, [1, 2, 4]);

        var refused = await Assert.ThrowsAsync<ModelLoadException>(() => FileDigest.VerifyAsync(path, digest, CancellationToken.None));
        Assert.Equal(ModelLoadCodes.DigestMismatch, refused.Code);
    }

    private static ModelLoadException AssertRefused(string code, string path, ModelSessionOptions? options = null)
    {
        var refused = Assert.Throws<ModelLoadException>(() => ModelSession.Load(path, options ?? new ModelSessionOptions()).Dispose());
        Assert.True(code == refused.Code, $"expected {code}, not {refused.Code}: {refused.Message}");
        return refused;
    }

    private ModelSession Load(OnnxModelBuilder model, string file = "model.onnx") =>
        ModelSession.Load(model.Save(_folder.Path, file), new ModelSessionOptions());

    private string Write(byte[] bytes)
    {
        var path = _folder.Combine("bytes.onnx");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
