using Slipway.Training.Worker.Datasets;

namespace Slipway.Training.Worker.Tests.Datasets;

public sealed class PredictionsDatasetTests
{
    // Ranges as "from-to" in days; an absent number is an open end.
    [Theory]
    [InlineData("1-5", "5-9", "1-5")]
    [InlineData("1-5", "6-9", "1-5")]
    [InlineData("5-9", "1-5", "5-9")]
    [InlineData("1-5", "3-9", "1-3")]
    [InlineData("3-9", "1-5", "5-9")]
    [InlineData("1-9", "3-5", "1-3 5-9")]
    [InlineData("3-5", "1-9", "")]
    [InlineData("3-5", "3-5", "")]
    [InlineData("-5", "3-", "-3")]
    [InlineData("-", "3-5", "-3 5-")]
    [InlineData("3-5", "-", "")]
    [InlineData("1-3", "-9", "")]
    public void Without_AnotherRange_LeavesTheRest(string range, string other, string expected) =>
        Assert.Equal(expected, string.Join(' ', Range(range).Without(Range(other)).Select(Text)));

    [Fact]
    public void Without_AnotherEndpoint_LeavesAll() =>
        Assert.Equal([Range("1-5")], Range("1-5").Without(Range("1-5") with { Endpoint = "other" }));

    [Theory]
    [InlineData("1-5", "5-9", "1-9")]
    [InlineData("-5", "5-", "-")]
    public void Join_OfTouchingRanges_IsBoth(string left, string right, string expected) =>
        Assert.Equal(expected, Text(Range(left).Join(Range(right))!));

    [Theory]
    [InlineData("1-5", "6-9")]
    [InlineData("5-9", "1-5")]
    [InlineData("1-", "-5")]
    public void Join_OfOthers_IsNone(string left, string right) => Assert.Null(Range(left).Join(Range(right)));

    private static PredictionsDataset Range(string text)
    {
        var ends = text.Split('-');
        return new PredictionsDataset("bikes", Day(ends[0]), Day(ends[1]));
    }

    private static DateTimeOffset? Day(string text) =>
        text.Length == 0 ? null : new DateTimeOffset(2011, 1, int.Parse(text), 0, 0, 0, TimeSpan.Zero);

    private static string Text(PredictionsDataset range) => $"{range.From?.Day}-{range.To?.Day}";
}
