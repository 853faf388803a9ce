using System.Text;
using System.Text.Json;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Tests.Mlflow;

public sealed class LenientJsonTests
{
    [Theory]
    [InlineData("""{"value": NaN}""", "NaN")]
    [InlineData("""{"value":-Infinity,"x":"NaN \" NaN"}""", "-Infinity")]
    [InlineData("""{"value":Infinity}""", "Infinity")]
    public void Parse_BareLiterals_AreText(string json, string expected)
    {
        var root = LenientJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Equal(expected, root.GetProperty("value").GetString());
    }

    [Fact]
    public void Parse_LiteralsInsideText_StayAsTheyAre()
    {
        var root = LenientJson.Parse("""{"value":NaN,"text":"a \" NaN Infinity"}"""u8.ToArray());

        Assert.Equal("a \" NaN Infinity", root.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1,2]")]
    [InlineData("17")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"{\"")]
    public void Parse_AnythingElse_IsAnEmptyObject(string json)
    {
        var root = LenientJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Equal(JsonValueKind.Object, root.ValueKind);
        Assert.Empty(root.EnumerateObject());
    }
}
