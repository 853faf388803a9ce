namespace Slipway.Hosting.Tests.Fixtures;

/// <summary>Tests that start real servers run one after the other: side by side they would only be slow.</summary>
[CollectionDefinition(Name)]
#pragma warning disable CA1515 // xunit asks for public types.
public sealed class RealServers
#pragma warning restore CA1515 // see above
{
    public const string Name = "real servers";
}
