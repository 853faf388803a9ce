using Slipway.Inference.Service.Predictions;

namespace Slipway.Inference.Service.Tests.Predictions;

public sealed class PredictionPathTests
{
    [Theory]
    [InlineData("/v2/models/m/infer", false, "m", null)]
    [InlineData("/v2/models/a model:b/infer", false, "a model:b", null)]
    [InlineData("/v2/models/m/versions/3/infer", false, "m", "3")]
    [InlineData("/v1/models/m:predict", true, "m", null)]
    [InlineData("/v1/models/a:b:predict", true, "a:b", null)]
    [InlineData("/v1/models/m/versions/3:predict", true, "m", "3")]
    public void TryParse_PredictionRoute_GivesNameAndVersion(string path, bool isV1, string name, string? version)
    {
        Assert.True(PredictionPath.TryParse(path, out var parsedV1, out var parsedName, out var parsedVersion));
        Assert.Equal((isV1, name, version), (parsedV1, parsedName, parsedVersion));
    }

    [Theory]
    [InlineData("/v2/models/m")]
    [InlineData("/v2/models//infer")]
    [InlineData("/v2/models/infer")]
    [InlineData("/v2/models/m/versions//infer")]
    [InlineData("/v2/models/m/versions/3/4/infer")]
    [InlineData("/v2/models/m/other/3/infer")]
    [InlineData("/v2/models/m/infer/")]
    [InlineData("/V2/models/m/infer")]
    [InlineData("/v2/models/m:predict")]
    [InlineData("/v1/models/m/infer")]
    [InlineData("/v1/models/:predict")]
    [InlineData("/v1/models/m:classify")]
    [InlineData("/v1/models/m/versions/:predict")]
    [InlineData("/")]
    [InlineData("")]
    public void TryParse_AnyOtherPath_IsLeftToRouting(string path) => Assert.False(PredictionPath.TryParse(path, out _, out _, out _));
}
