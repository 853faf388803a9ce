using System.Text;
using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Tests.Vetting;

public sealed class PickleProbeTests
{
    /// <summary>Written by CPython 3.11's pickle module: <c>pickle.dumps({"a": [1, 2.5, None]}, protocol)</c> and <c>pickle.dumps(os.system, protocol)</c>.</summary>
    [Theory]
    [InlineData("gAJ9cQBYAQAAAGFxAV1xAihLAUdABAAAAAAAAE5lcy4=")]
    [InlineData("gAN9cQBYAQAAAGFxAV1xAihLAUdABAAAAAAAAE5lcy4=")]
    [InlineData("gASVGgAAAAAAAAB9lIwBYZRdlChLAUdABAAAAAAAAE5lcy4=")]
    [InlineData("gAWVGgAAAAAAAAB9lIwBYZRdlChLAUdABAAAAAAAAE5lcy4=")]
    [InlineData("Y3Bvc2l4CnN5c3RlbQpwMAou")]
    [InlineData("gASVFAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOULg==")]
    public void IsPickle_OfEveryProtocol_IsRecognised(string base64) => Assert.True(PickleProbe.IsPickle(Convert.FromBase64String(base64)));

    [Theory]
    [InlineData("cos\nsystem\n(S'echo'\ntR.")]
    [InlineData("(cos\nsystem\nS'echo'\no.")]
    [InlineData("(S'echo'\nios\nsystem\n.")]
    public void IsPickle_OldTextThatCalls_IsRecognised(string text) => Assert.True(PickleProbe.IsPickle(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("channels:\n- conda-forge\ndependencies:\n- python=3.11\n")]
    [InlineData("contents of this folder\nare models.\n")]
    [InlineData("artifact_path: model\nflavors:\n  onnx: {}\n")]
    [InlineData("{\"a\": 1}")]
    [InlineData("a,b\n1,2\n")]
    [InlineData("I1\n.")]
    public void IsPickle_OtherText_IsNot(string text) => Assert.False(PickleProbe.IsPickle(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void IsPickle_OnnxModel_IsNot() => Assert.False(PickleProbe.IsPickle(Support.OnnxFile.Identity()));

    [Fact]
    public void IsPickle_RandomBytes_NeverThrowsAndSeldomMatches()
    {
        const int seed = 99;
        var random = new Random(seed);
        var buffer = new byte[4096];
        var matches = 0;
        for (var i = 0; i < 5000; i++)
        {
            random.NextBytes(buffer);
            matches += PickleProbe.IsPickle(buffer) ? 1 : 0;
        }
        Assert.True(matches <= 5, $"{matches} of 5000 random blocks were taken for pickles (seed {seed})");
    }
}
