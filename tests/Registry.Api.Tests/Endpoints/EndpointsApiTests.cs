using System.Net;
using System.Text;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Endpoints;

public sealed class EndpointsApiTests : IClassFixture<EndpointsApiTests.Data>
{
    private readonly RegistryHost _host;

    public EndpointsApiTests(Data data) => _host = data.Host;

    [Fact]
    public async Task Put_Canary_RoutesByWeightAndBack()
    {
        var canary = await _host.Registry.PutEndpointAsync(
            new EndpointDefinition
            {
                Name = "canary",
                Routes =
                [
                    new EndpointRoute
                    {
                        Model = "m",
                        Alias = "champion",
                        Weight = 90,
                    },
                    new EndpointRoute
                    {
                        Model = "m",
                        Version = 2,
                        Weight = 10,
                    },
                ],
                LogPredictions = false,
            }
        );
        Assert.Equal([90, 10], canary.Routes.Select(r => r.Weight));
        Assert.NotNull(canary.UpdatedAt);

        var served = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!.Endpoints.Single(e => e.Name == "canary");
        Assert.Equal([(1, 90.0), (2, 10.0)], served.Routes.Select(r => (r.Version, r.Weight)));
        Assert.False(served.LogPredictions);

        await _host.Registry.PutEndpointAsync(
            new EndpointDefinition { Name = "canary", Routes = [new EndpointRoute { Model = "m", Version = 1 }] }
        );
        served = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!.Endpoints.Single(e => e.Name == "canary");
        Assert.Equal(1, Assert.Single(served.Routes).Version);
        Assert.True(served.LogPredictions);
    }

    [Theory]
    [InlineData("e", """{"routes":[]}""", 400, "invalid_routes")]
    [InlineData("e", """{"routes":null}""", 400, "invalid_routes")]
    [InlineData("e", """{"name":null,"routes":[]}""", 400, "invalid_routes")]
    [InlineData("e", """{}""", 400, "invalid_json")]
    [InlineData("e", """{"routes":[null]}""", 400, "invalid_routes")]
    [InlineData("e", """{"routes":[{"model":"m"}]}""", 400, "invalid_routes")]
    [InlineData("e", """{"routes":[{"model":"m","version":1,"alias":"champion"}]}""", 400, "invalid_routes")]
    [InlineData("e", """{"routes":[{"model":"","version":1}]}""", 400, "invalid_routes")]
    [InlineData("e", """{"routes":[{"model":"m","version":1,"weight":0}]}""", 400, "invalid_weight")]
    [InlineData("e", """{"routes":[{"model":"m","version":1,"weight":-5}]}""", 400, "invalid_weight")]
    [InlineData("e", """{"routes":[{"model":"m","version":1,"weight":1e300}]}""", 400, "invalid_weight")]
    [InlineData("e", """{"routes":[{"model":"m","version":1},{"model":"m","version":1}]}""", 400, "duplicate_route")]
    [InlineData("e", """{"routes":[{"model":"none","version":1}]}""", 400, "unknown_model")]
    [InlineData("e", """{"routes":[{"model":"m","version":99}]}""", 400, "unknown_version")]
    [InlineData("e", """{"routes":[{"model":"m","alias":"none"}]}""", 400, "unknown_alias")]
    [InlineData("e", """{"routes":[{"model":"m","version":3}]}""", 409, "version_not_vetted")]
    [InlineData("e", """{"name":"other","routes":[{"model":"m","version":1}]}""", 400, "name_mismatch")]
    [InlineData("a%3Ab", """{"routes":[{"model":"m","version":1}]}""", 400, "invalid_name")]
    [InlineData("e", """{"routes":[{"model":"m","version":1,"weight":"heavy"}]}""", 400, "invalid_json")]
    public async Task Put_Wrong_IsRefusedAndChangesNothing(string name, string json, int status, string code)
    {
        var before = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!.Revision;
        using var response = await _host.Http.PutAsync(
            new Uri($"api/v1/endpoints/{name}", UriKind.Relative),
            new StringContent(json, Encoding.UTF8, "application/json")
        );

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(before, (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!.Revision);
    }

    [Fact]
    public async Task SetAlias_ThatAnEndpointFollows_TakesVettedVersionsOnly()
    {
        await _host.Registry.PutEndpointAsync(
            new EndpointDefinition { Name = "follower", Routes = [new EndpointRoute { Model = "m", Alias = "champion" }] }
        );

        var (status, body) = await _host.PostAsync("registered-models/alias", """{"name":"m","alias":"champion","version":"3"}""");

        Assert.Equal(400, status);
        Assert.Contains("followed by endpoint 'follower'", (string)body["message"]!, StringComparison.Ordinal);
        var served = (await _host.Registry.GetServingStateAsync(null, TimeSpan.Zero))!.Endpoints.Single(e => e.Name == "follower");
        Assert.Equal(1, Assert.Single(served.Routes).Version);
        using var gone = await _host.Http.DeleteAsync(new Uri("api/v1/endpoints/follower", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
    }

    [Fact]
    public async Task GetAndDelete_Unknown_Are404()
    {
        using var found = await _host.Http.GetAsync(new Uri("api/v1/endpoints/none", UriKind.Relative));
        using var deleted = await _host.Http.DeleteAsync(new Uri("api/v1/endpoints/none", UriKind.Relative));

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (found.StatusCode, deleted.StatusCode));
    }

    [Fact]
    public async Task Delete_WhatAnEndpointServes_IsRefused()
    {
        await _host.Registry.PutEndpointAsync(
            new EndpointDefinition
            {
                Name = "guard",
                Routes = [new EndpointRoute { Model = "m", Version = 2 }, new EndpointRoute { Model = "m", Alias = "champion" }],
            }
        );

        var version = await _host.SendAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"2"}""");
        var followed = await _host.SendAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"1"}""");
        var alias = await _host.SendAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"m","alias":"champion"}""");
        var model = await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"m"}""");

        Assert.All([version, followed, alias, model], answer => Assert.Equal(400, answer.Status));
        Assert.All(
            [version, followed, alias, model],
            answer => Assert.Contains("endpoint", (string)answer.Body["message"]!, StringComparison.Ordinal)
        );
        using var gone = await _host.Http.DeleteAsync(new Uri("api/v1/endpoints/guard", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
    }

    /// <summary>A model with two vetted versions, the first one <c>champion</c>, and one that failed.</summary>
    public sealed class Data : IAsyncLifetime
    {
        public RegistryHost Host { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Host = await RegistryHost.StartAsync();
            await Host.RegisterAsync("m", Files.Good);
            await Host.RegisterAsync("m", Files.Good);
            await Host.RegisterAsync("m", Files.One("model.onnx", [0]));
            for (var version = 1; version <= 3; version++)
            {
                await Host.VettedAsync("m", version);
            }
            await Host.Mlflow.SetAliasAsync("m", "champion", "1");
        }

        public async Task DisposeAsync() => await Host.DisposeAsync();
    }
}
