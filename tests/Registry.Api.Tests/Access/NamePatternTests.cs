using Slipway.Registry.Api.Access;

namespace Slipway.Registry.Api.Tests.Access;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("fraud-*", "fraud-", true)]
    [InlineData("fraud-*", "Fraud-a", false)]
    [InlineData("fraud-*", "a-fraud-a", false)]
    [InlineData("fraud-?", "fraud-a", true)]
    [InlineData("fraud-?", "fraud-", false)]
    [InlineData("*-eu", "fraud-eu", true)]
    [InlineData("a*b*c", "aXbYc", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a%", "abc", false)]
    [InlineData("a_c", "abc", false)]
    public void Matches_Pattern_IsAsWritten(string pattern, string name, bool matches) =>
        Assert.Equal(matches, NamePattern.Matches(pattern, name));

    [Theory]
    [InlineData("fraud-*", "fraud-%")]
    [InlineData("a%_?", @"a\%\__")]
    public void ToLike_Pattern_EscapesWhatSqlWouldRead(string pattern, string like) => Assert.Equal(like, NamePattern.ToLike(pattern));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("a\\*")]
    [InlineData("a\nb")]
    public void IsValid_Unusable_IsNot(string? pattern) => Assert.False(NamePattern.IsValid(pattern));
}
