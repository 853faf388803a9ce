using Aspire.Hosting;
using Aspire.Hosting.Launch;
using Aspire.Hosting.Run;

namespace Slipway.Hosting.Tests.Run;

public class RunModeTests
{
    private static readonly string[] s_reasons = ["no engine", "no server"];

    [Fact]
    public void Choose_Broker_IsDistributed()
    {
        var mode = RunMode.Choose(LaunchMode.Auto, true, "RabbitMQ (installed)", [], hasEmbeddedHost: true);
        Assert.Equal((false, "distributed"), (mode.Embedded, mode.Summary));
    }

    [Fact]
    public void Choose_NoBroker_IsEmbeddedAndSaysWhy()
    {
        var mode = RunMode.Choose(LaunchMode.Auto, true, null, s_reasons, hasEmbeddedHost: true);
        Assert.Equal((true, "no RabbitMQ found: no engine, no server"), (mode.Embedded, mode.Reason));
        Assert.Equal("embedded: no RabbitMQ found", mode.Summary);
    }

    [Fact]
    public void Choose_DistributedForcedWithoutBroker_SaysWhatIsMissing()
    {
        var error = Assert.Throws<DistributedApplicationException>(() =>
            RunMode.Choose(LaunchMode.Distributed, true, null, s_reasons, hasEmbeddedHost: true)
        );
        Assert.Contains("no engine, no server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_EmbeddedForced_IsEmbedded() =>
        Assert.True(RunMode.Choose(LaunchMode.Embedded, true, null, [], hasEmbeddedHost: true).Embedded);

    [Theory]
    [InlineData((int)LaunchMode.Auto)]
    [InlineData((int)LaunchMode.Embedded)]
    public void Choose_NothingToEmbedIn_Throws(int asked) =>
        Assert.Throws<DistributedApplicationException>(() =>
            RunMode.Choose((LaunchMode)asked, true, null, s_reasons, hasEmbeddedHost: false)
        );
}
