using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Access;

public sealed class ApproverRoleTests(AccessHost host) : IClassFixture<AccessHost>
{
    [Theory]
    [InlineData("approver", 200)]
    [InlineData("admin", 403)]
    public async Task Approve_ByAnApprover_IsForThePolicyToAllow(string role, int status)
    {
        var model = $"fraud-approved-by-{role}";
        var promotion = await AskAsync(model, role);
        using var approver = host.Basic("approver");
        using var manager = host.Basic("manager");

        var answer = await ApproveAsync(approver, promotion);
        var second = status == 403 ? await ApproveAsync(manager, promotion) : (200, "");

        Assert.Equal(status, answer.Status);
        Assert.True(status == 200 || answer.Body.Contains("role_needed", StringComparison.Ordinal), answer.Body);
        Assert.Equal(200, second.Item1);
        await Eventually.TrueAsync(async () => (await StatusAsync(promotion)) == "promoted");
    }

    private static Task<(int Status, string Body)> ApproveAsync(HttpClient http, string promotion) =>
        AccessHost.SendAsync(http, HttpMethod.Post, $"api/v1/promotions/{promotion}/approve", new { });

    private async Task<string> StatusAsync(string promotion) =>
        (string)JsonNode.Parse((await AccessHost.SendAsync(host.Admin, HttpMethod.Get, $"api/v1/promotions/{promotion}")).Body)!["status"]!;

    /// <summary>A sound model whose policy asks for one approval of the role, and a promotion that waits for it.</summary>
    private async Task<string> AskAsync(string model, string role)
    {
        await AccessHost.PostAsync(host.Admin, "registered-models/create", new { name = model });
        var folder = $"{host.Experiments["fraud-a"]}/{model}";
        foreach (var (path, bytes) in Files.Good)
        {
            using var content = new ByteArrayContent(bytes);
            using var put = await host.Admin.PutAsync(AccessHost.Relative($"api/2.0/mlflow-artifacts/artifacts/{folder}/{path}"), content);
            put.EnsureSuccessStatusCode();
        }
        await AccessHost.PostAsync(host.Admin, "model-versions/create", new { name = model, source = $"mlflow-artifacts:/{folder}" });
        await Eventually.TrueAsync(async () =>
            (await AccessHost.SendAsync(host.Admin, HttpMethod.Get, $"api/v1/models/{model}/versions/1")).Body.Contains(
                "\"vettingStatus\":\"passed\"",
                StringComparison.Ordinal
            )
        );
        var policy = new
        {
            name = "production",
            approvals = 1,
            approverRole = role,
            gates = Array.Empty<object>(),
        };
        Assert.Equal(
            200,
            (await AccessHost.SendAsync(host.Admin, HttpMethod.Put, $"api/v1/models/{model}/policies/production", policy)).Status
        );
        using var trainer = host.Basic("trainer");
        var (status, body) = await AccessHost.SendAsync(trainer, HttpMethod.Post, "api/v1/promotions", new { model, version = 1 });
        Assert.Equal(202, status);
        var id = (string)JsonNode.Parse(body)!["id"]!;
        await Eventually.TrueAsync(async () => (await StatusAsync(id)) == "awaiting_approval");
        return id;
    }
}
