using System.Text.Json;
using Slipway.Contracts.Registry;

namespace Slipway.Contracts.Tests.Registry;

public sealed class DefaultsTests
{
    [Fact]
    public void PromotionRequest_LeftOutMembers_HaveTheirDefaults()
    {
        var request = JsonSerializer.Deserialize("""{"model":"m","version":1}""", ContractsJson.Default.PromotionRequest)!;

        Assert.Equal("production", request.Environment);
    }

    [Fact]
    public void EndpointDefinition_LeftOutMembers_HaveTheirDefaults()
    {
        var endpoint = JsonSerializer.Deserialize("""{"routes":[{"model":"m","version":1}]}""", ContractsJson.Default.EndpointDefinition)!;

        Assert.True(endpoint.LogPredictions);
        Assert.Equal(100, endpoint.Routes[0].Weight);
        Assert.Equal("", endpoint.Name);
    }
}
