using Aspire.Hosting;
using Aspire.Hosting.Kubernetes.Publishing;
using Slipway.Hosting.Tests.Fixtures;

namespace Slipway.Hosting.Tests.Kubernetes;

public class HelmNamesTests
{
    [Theory]
    [InlineData("slipway", "slipway")]
    [InlineData("My Platform.AppHost", "my-platform-apphost")]
    [InlineData("---", "aspire")]
    public void Chart_AnyName_IsAChartName(string name, string expected) => Assert.Equal(expected, HelmNames.Chart(name));

    [Fact]
    public void Check_NamesThatFit_Pass() =>
        HelmNames.Check(Models.Builder().AddProject(new string('a', 55), "x.csproj").WithHttpEndpoint(name: "fifteen-letters").Resource);

    [Theory]
    [InlineData(56, "http", "too long for a service")]
    [InlineData(3, "sixteen-letters-", "too long for a port")]
    public void Check_NameTooLongForTheCluster_SaysSo(int length, string endpoint, string expected)
    {
        var web = Models.Builder().AddProject(new string('a', length), "x.csproj").WithHttpEndpoint(name: endpoint.Replace("-", "x"));
        var error = Assert.Throws<DistributedApplicationException>(() => HelmNames.Check(web.Resource));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
