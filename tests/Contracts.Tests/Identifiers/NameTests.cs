using Slipway.Contracts.Identifiers;

namespace Slipway.Contracts.Tests.Identifiers;

public sealed class NameTests
{
    [Theory]
    [InlineData("bikes", true, true)]
    [InlineData("..a", true, true)]
    [InlineData("a b", true, true)]
    [InlineData("a%b", true, false)]
    [InlineData("a\\b", true, false)]
    [InlineData("a?b", true, false)]
    [InlineData("a#b", true, false)]
    [InlineData("a/b", false, false)]
    [InlineData("a:b", false, false)]
    [InlineData("..", false, false)]
    [InlineData(" a", false, false)]
    [InlineData("a\tb", false, false)]
    [InlineData("", false, false)]
    [InlineData(null, false, false)]
    public void TryParse_ModelTakesWhatMlflowTakes_EndpointWhatNeedsNoEscaping(string? text, bool model, bool endpoint)
    {
        Assert.Equal(model, ModelName.TryParse(text, out _, out var modelError));
        Assert.Equal(endpoint, EndpointName.TryParse(text, out _, out var endpointError));
        Assert.Equal((model, endpoint), (modelError is null, endpointError is null));
    }

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void TryParse_Long_EndsAt256(int length, bool valid) =>
        Assert.Equal(valid, ModelName.TryParse(new string('n', length), out _, out _));
}
