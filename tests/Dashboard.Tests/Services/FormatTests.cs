using Slipway.Dashboard.Services;

namespace Slipway.Dashboard.Tests.Services;

public class FormatTests
{
    [Theory]
    [InlineData(604_800, "7 days")]
    [InlineData(86_400, "1 day")]
    [InlineData(5_400, "90 minutes")]
    [InlineData(7_200, "2 hours")]
    [InlineData(61, "00:01:01")]
    [InlineData(0, "00:00:00")]
    public void Duration_WholeUnits_AreNamed(long seconds, string expected) =>
        Assert.Equal(expected, Format.Duration(TimeSpan.FromSeconds(seconds)));
}
