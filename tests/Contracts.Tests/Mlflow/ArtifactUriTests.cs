using Slipway.Contracts.Mlflow;

namespace Slipway.Contracts.Tests.Mlflow;

public sealed class ArtifactUriTests
{
    [Theory]
    [InlineData("mlflow-artifacts:/1/a/model", true, "1/a/model")]
    [InlineData("mlflow-artifacts:/", true, "")]
    [InlineData("mlflow-artifacts://host:5000/1/a", true, "1/a")]
    [InlineData("mlflow-artifacts://host", true, "")]
    [InlineData("s3://bucket/a", false, "")]
    [InlineData("file:///etc/passwd", false, "")]
    public void TryGetPath_Address_IsItsPath(string uri, bool ours, string expected)
    {
        Assert.Equal(ours, ArtifactUri.TryGetPath(uri, out var path));
        Assert.Equal(expected, path);
    }

    [Theory]
    [InlineData("a/b/", "/c", "a/b/c")]
    [InlineData("a/b", "c", "a/b/c")]
    [InlineData("a/b", "", "a/b")]
    public void Join_Parts_HaveOneSlash(string left, string right, string expected) =>
        Assert.Equal(expected, ArtifactUri.Join(left, right));
}
