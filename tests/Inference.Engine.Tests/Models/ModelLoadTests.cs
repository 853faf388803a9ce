using System.Security.Cryptography;
using Google.Protobuf;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Onnx;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;
using OnnxType = Slipway.Inference.Engine.Onnx.TensorProto.Types.DataType;

namespace Slipway.Inference.Engine.Tests.Models;

public sealed class ModelLoadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_GpuRequiredAndAbsent_IsRefused()
    {
        OnnxModelBuilder.Linear().Save(_folder.Path);
        var options = new ModelSessionOptions { Providers = ["cuda"], RequireGpu = true };

        AssertRefused(ModelLoadCodes.GpuRequired, _folder.Combine("model.onnx"), options);
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
    public void Load_UnknownOperator_IsRefused()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n");
        model.Model.Graph.Node[0].OpType = "NoSuchOperator";

        AssertRefused(ModelLoadCodes.UnknownOperator, model.Save(_folder.Path));
    }

    [Fact]
    public void Load_NameWithLineBreaks_IsRefusedInOneLine()
    {
        var model = OnnxModelBuilder.Identity(OnnxType.Float, "n");
        model.Model.Graph.Node[0].OpType = "NoSuch\n2026-01-01 fail: forged\u001b[2J";
        var path = model.Save(_folder.Path);

        var refused = Assert.Throws<ModelLoadException>(() => ModelSession.Load(path, new ModelSessionOptions()));

        Assert.Contains("forged", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refused.Message, char.IsControl);
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

    private string Write(byte[] bytes)
    {
        var path = _folder.Combine("bytes.onnx");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private ModelSession Load(OnnxModelBuilder model, string file = "model.onnx") =>
        ModelSession.Load(model.Save(_folder.Path, file), new ModelSessionOptions());
}
