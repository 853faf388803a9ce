using System.Text.Json.Nodes;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>A copy is shown to whoever may read the model that it becomes.</summary>
public sealed class CopyAccessTests(AccessHost host) : IClassFixture<AccessHost>
{
    [Theory]
    [InlineData("fraud-copy", 200)]
    [InlineData("churn-copy", 403)]
    public async Task Get_OfACopy_NeedsItsModel(string model, int status)
    {
        var id = Guid.NewGuid();
        await host.Host.ExecuteAsync(
            $"INSERT INTO copies (id, source_url, source_model, source_version, target_model, status, created_at) VALUES ('{id}', 'https://a/', 'm', 1, '{model}', 'completed', now())"
        );
        using var reader = host.Basic("reader");
        using var nobody = host.Basic("nobody");

        var (actual, body) = await AccessHost.SendAsync(reader, HttpMethod.Get, $"api/v1/copies/{id}");

        Assert.Equal(status, actual);
        Assert.Equal(status == 200 ? model : null, (string?)JsonNode.Parse(body)!["as"]);
        Assert.Equal(403, await AccessHost.GetAsync(nobody, $"api/v1/copies/{id}"));
        Assert.Equal(200, await AccessHost.GetAsync(host.Admin, $"api/v1/copies/{id}"));
        Assert.Equal(404, await AccessHost.GetAsync(reader, $"api/v1/copies/{Guid.NewGuid()}"));
    }
}
