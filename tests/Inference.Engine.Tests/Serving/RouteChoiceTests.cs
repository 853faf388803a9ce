using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Engine.Tests.Serving;

public sealed class RouteChoiceTests
{
    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.899, 0)]
    [InlineData(0.9, 1)]
    [InlineData(0.9999999, 1)]
    public void Choose_NinetyToTen_DividesTheLine(double draw, int expected) => Assert.Equal(expected, RouteChoice.Choose([90, 10], draw));

    [Fact]
    public void Choose_WeightZero_IsNeverChosen()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(1, RouteChoice.Choose([0, 5, 0], i / 1000.0));
        }
    }

    [Fact]
    public void Choose_ThreeThirdsAtTheVeryEnd_IsTheLast() =>
        Assert.Equal(2, RouteChoice.Choose([1.0 / 3, 1.0 / 3, 1.0 / 3], Math.BitDecrement(1.0)));

    [Fact]
    public void Choose_NoWeight_IsNone() => Assert.Equal(-1, RouteChoice.Choose([0, 0], 0.5));

    [Fact]
    public void Choose_EvenDraws_FollowTheWeightsExactly()
    {
        var counts = new int[3];
        for (var i = 0; i < 1000; i++)
        {
            counts[RouteChoice.Choose([50, 30, 20], (i + 0.5) / 1000)]++;
        }

        Assert.Equal([500, 300, 200], counts);
    }
}
