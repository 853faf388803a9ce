using Slipway.Training.Worker.Storage;

namespace Slipway.Training.Worker.Tests.Storage;

public sealed class JobPageTokenTests
{
    [Fact]
    public void TryParse_OfItsOwnText_GivesTheSameToken()
    {
        var token = new JobPageToken(new DateTimeOffset(2026, 3, 4, 5, 6, 7, 891, TimeSpan.Zero), Guid.NewGuid());

        Assert.True(JobPageToken.TryParse(token.ToString(), out var parsed));
        Assert.Equal(token, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("not a token!")]
    [InlineData("AAAA")]
    [InlineData("_________________________________")]
    [InlineData("________________________________")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void TryParse_OfSomethingElse_IsRefused(string text) => Assert.False(JobPageToken.TryParse(text, out _));
}
