using Microsoft.Extensions.Configuration;
using Slipway.ServiceDefaults.Discovery;

namespace Slipway.ServiceDefaults.Tests.Discovery;

public sealed class ServiceEndpointsTests
{
    private readonly ServiceEndpoints _endpoints = new(
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["services:registry:http:0"] = "http://10.0.0.1:5000",
                    ["services:inference:http:0"] = "http://10.0.0.2:8000",
                    ["services:inference:metrics:0"] = "http://10.0.0.2:8002",
                    ["services:secure:https:0"] = "https://10.0.0.3:8443/base/",
                    ["services:two:http:0"] = "http://10.0.0.4:1",
                    ["services:two:http:1"] = "http://10.0.0.5:1",
                    ["services:wrong:http:0"] = "10.0.0.6",
                }
            )
            .Build()
    );

    [Theory]
    [InlineData("http://registry/api/v1/models?x=a%20b", "http://10.0.0.1:5000/api/v1/models?x=a%20b")]
    [InlineData("http://Registry/", "http://10.0.0.1:5000/")]
    [InlineData("http://_metrics.inference/metrics", "http://10.0.0.2:8002/metrics")]
    [InlineData("https+http://registry/a", "http://10.0.0.1:5000/a")]
    [InlineData("https+http://secure/a", "https://10.0.0.3:8443/base/a")]
    [InlineData("http://localhost:5000/a", "http://localhost:5000/a")]
    [InlineData("http://example.org/a", "http://example.org/a")]
    [InlineData("http://registry:9999/a", "http://registry:9999/a")]
    public void Resolve_Address_GoesToItsEndpoint(string logical, string expected) =>
        Assert.Equal(expected, _endpoints.Resolve(new Uri(logical)).AbsoluteUri);

    [Theory]
    [InlineData("http://_grpc.inference/", "services:inference:grpc:0")]
    [InlineData("http://_grpc.unknown/", "services:unknown:grpc:0")]
    [InlineData("https+http://unknown/", "services:unknown:http")]
    [InlineData("https://registry/", "services:registry:https:0")]
    [InlineData("http://wrong/", "services:wrong:http")]
    public void Resolve_NothingConfigured_NamesTheKey(string logical, string key)
    {
        var error = Assert.Throws<HttpRequestException>(() => _endpoints.Resolve(new Uri(logical)));

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_Replicas_TakeTurns()
    {
        var hosts = Enumerable.Range(0, 4).Select(_ => _endpoints.Resolve(new Uri("http://two/")).Host).ToArray();

        Assert.Equal(hosts[0], hosts[2]);
        Assert.Equal(hosts[1], hosts[3]);
        Assert.Equal(["10.0.0.4", "10.0.0.5"], hosts.Take(2).Order());
    }
}
