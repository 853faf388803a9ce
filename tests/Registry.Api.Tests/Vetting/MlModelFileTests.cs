using Slipway.Registry.Api.Vetting;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Vetting;

public sealed class MlModelFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void TryRead_OnnxModel_GivesFlavoursAndFile()
    {
        var read = MlModelFile.TryRead(
            Write(
                "artifact_path: model\nflavors:\n  onnx: {code: null, data: net.onnx}\n  python_function:\n    data: other\n    env:\n      data: x\nrun_id: r\n"
            ),
            out var model,
            out _
        );

        Assert.True(read);
        Assert.Equal(["onnx", "python_function"], model!.Flavors);
        Assert.Equal("net.onnx", model.OnnxFile);
    }

    [Theory]
    [InlineData("flavors: !!python/object/apply:os.system ['echo']\n", "tags")]
    [InlineData("a: &x [1]\nb: *x\n", "anchors")]
    [InlineData("flavors: [unclosed\n", "cannot be read")]
    [InlineData("a: b: c\n", "cannot be read")]
    public void TryRead_Hostile_SaysWhy(string yaml, string words)
    {
        Assert.False(MlModelFile.TryRead(Write(yaml), out _, out var error));
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_TooDeep_IsRefused()
    {
        Assert.False(MlModelFile.TryRead(Write(new string('[', 100) + new string(']', 100)), out _, out var error));
        Assert.Contains("deeper", error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_TooLarge_IsRefused()
    {
        Assert.False(MlModelFile.TryRead(Write("a: " + new string('x', 1 << 20)), out _, out var error));
        Assert.Contains("larger", error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string yaml)
    {
        var path = _folder.Combine("MLmodel");
        File.WriteAllText(path, yaml);
        return path;
    }
}
