using Slipway.Training.Worker.Datasets;

namespace Slipway.Training.Worker.Tests.Datasets;

public sealed class DatasetUriTests
{
    [Theory]
    [InlineData("mlflow-artifacts:/datasets/a.csv", "mlflow-artifacts:/datasets/a.csv")]
    [InlineData("mlflow-artifacts://registry:5000/datasets/a b.csv", "mlflow-artifacts:/datasets/a b.csv")]
    [InlineData("predictions:/bikes", "predictions:/bikes")]
    [InlineData("predictions:/two%20words?to=2011-06-30", "predictions:/two%20words?to=2011-06-30T00%3A00%3A00Z")]
    [InlineData(
        "predictions:/bikes?from=2011-01-01T00:00:00+02:00&to=2011-06-30T12:00:00.5Z",
        "predictions:/bikes?from=2010-12-31T22%3A00%3A00Z&to=2011-06-30T12%3A00%3A00.5Z"
    )]
    public void TryParse_OfAKnownForm_KeepsWhatItSays(string text, string expected)
    {
        Assert.True(DatasetUri.TryParse(text, out var uri, out var error), error);
        Assert.Equal(expected, uri.ToString());
        Assert.True(DatasetUri.TryParse(expected, out var again, out _));
        Assert.Equal(uri, again);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("rows.csv")]
    [InlineData("/etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("s3://bucket/rows.csv")]
    [InlineData("runs:/0123/rows.csv")]
    [InlineData("mlflow-artifacts:")]
    [InlineData("mlflow-artifacts:/")]
    [InlineData("mlflow-artifacts:/a/../../b.csv")]
    [InlineData("mlflow-artifacts:/a//b.csv")]
    [InlineData("mlflow-artifacts:/a\\..\\b.csv")]
    [InlineData("predictions:")]
    [InlineData("predictions:/")]
    [InlineData("predictions:/a/b")]
    [InlineData("predictions:/a%2F..%2Fb")]
    [InlineData("predictions:/a?since=2011-01-01")]
    [InlineData("predictions:/a?from=yesterday")]
    [InlineData("predictions:/a?from=2011-01-01&from=2012-01-01")]
    [InlineData("predictions:/a?from=2012-01-01&to=2011-01-01")]
    [InlineData("predictions:/a?from=2012-01-01&to=2012-01-01")]
    public void TryParse_OfAnythingElse_SaysWhy(string? text)
    {
        Assert.False(DatasetUri.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }
}
