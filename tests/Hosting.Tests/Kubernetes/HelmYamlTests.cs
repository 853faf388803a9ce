using Aspire.Hosting.Kubernetes.Publishing;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Serialization;

namespace Slipway.Hosting.Tests.Kubernetes;

public class HelmYamlTests
{
    [Theory]
    [InlineData("1_000")]
    [InlineData("0o17")]
    [InlineData(".5")]
    [InlineData("+1")]
    [InlineData("2026-01-01")]
    [InlineData("true")]
    [InlineData("yes")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("")]
    public void Write_StringThatLooksLikeSomethingElse_IsQuoted(string text)
    {
        var line = HelmYaml.Write(new Dictionary<string, string> { ["k"] = text }).TrimEnd('\n');
        Assert.Contains(line, new[] { $"k: \"{text}\"", $"k: '{text}'" });
    }

    [Theory]
    [InlineData("two\nlines\n")]
    [InlineData("  spaces  ")]
    [InlineData("  indented\nlines")]
    [InlineData("windows\r\nlines \n\n")]
    [InlineData("a: b # c")]
    [InlineData("quote \" and ' and \\ and \t")]
    [InlineData("{{ .Values.x }}\n\"")]
    public void Write_AnyText_ReadsBackAsItWas(string text)
    {
        var yaml = HelmYaml.Write(new Dictionary<string, string> { ["k"] = text });
        Assert.Equal(text, new Deserializer().Deserialize<Dictionary<string, string>>(yaml)["k"]);
    }

    [Fact]
    public void Write_PortNumberAndName_KeepTheirTypes()
    {
        var port = new ServicePortV1
        {
            Name = "http",
            Port = 80,
            TargetPort = "8080",
        };
        Assert.Equal("name: http\nport: 80\ntargetPort: \"8080\"\n", HelmYaml.Write(port));
    }
}
