using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Policies;

/// <summary>What MLflow's calls may do to environments: everything by default, nothing to those that a policy protects.</summary>
public sealed class ProtectionTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    public static TheoryData<string, string, string> Calls =>
        new()
        {
            { "POST", "registered-models/alias", """{"name":"M","alias":"production","version":"2"}""" },
            { "DELETE", "registered-models/alias", """{"name":"M","alias":"production"}""" },
            {
                "POST",
                "model-versions/transition-stage",
                """{"name":"M","version":"2","stage":"Production","archive_existing_versions":false}"""
            },
            {
                "POST",
                "model-versions/transition-stage",
                """{"name":"M","version":"1","stage":"Archived","archive_existing_versions":false}"""
            },
            {
                "POST",
                "model-versions/transition-stage",
                """{"name":"M","version":"1","stage":"Production","archive_existing_versions":true}"""
            },
        };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task MlflowCall_ToAProtectedEnvironment_IsDeniedAndNamesThePromotion(string method, string route, string json)
    {
        await PrepareAsync("guarded", isProtected: true);

        var (status, body) = await _host.SendAsync(
            new HttpMethod(method),
            route,
            json.Replace("\"M\"", "\"guarded\"", StringComparison.Ordinal)
        );

        Assert.Equal((403, "PERMISSION_DENIED"), (status, (string?)body["error_code"]));
        Assert.Contains("/api/v1/promotions", (string?)body["message"], StringComparison.Ordinal);
        Assert.Equal(1, (await _host.Registry.FindModelAsync("guarded"))!.Aliases["production"]);
        Assert.Equal("Production", (await _host.Mlflow.GetModelVersionAsync("guarded", "1")).CurrentStage);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task MlflowCall_ByDefault_IsFree(string method, string route, string json)
    {
        // A model of its own for each call: they change it.
        var model = $"free-{Guid.NewGuid():N}";
        await PrepareAsync(model, isProtected: false);
        // The endpoint that the first promotion made follows the alias, which keeps it from being deleted.
        using var deleted = await _host.Http.DeleteAsync(new Uri($"api/v1/endpoints/{model}", UriKind.Relative));

        var (status, body) = await _host.SendAsync(
            new HttpMethod(method),
            route,
            json.Replace("\"M\"", $"\"{model}\"", StringComparison.Ordinal)
        );

        Assert.True(status == 200, body.ToJsonString());
    }

    [Fact]
    public async Task MlflowCall_ToOtherAliasesAndStages_StaysFree()
    {
        await PrepareAsync("partly", isProtected: true);

        await _host.Mlflow.SetAliasAsync("partly", "champion", "2");
        var (status, _) = await _host.PostAsync(
            "model-versions/transition-stage",
            """{"name":"partly","version":"2","stage":"Staging","archive_existing_versions":false}"""
        );

        Assert.Equal(200, status);
        var move = Assert.Single((await _host.Registry.GetAliasHistoryAsync("partly", "champion")).Moves);
        Assert.Equal((2, null, "set by a plain call"), (move.Version, move.Promotion, move.Reason));
    }

    [Fact]
    public async Task Delete_OfAVersionOrModelUnderProtection_IsDenied()
    {
        await PrepareAsync("kept", isProtected: true);
        using var endpoint = await _host.Http.DeleteAsync(new Uri("api/v1/endpoints/kept", UriKind.Relative));

        var (version, _) = await _host.SendAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"kept","version":"1"}""");
        var (model, _) = await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"kept"}""");

        Assert.Equal((403, 403), (version, model));
        using var opened = await _host.Http.DeleteAsync(new Uri("api/v1/models/kept/policies/production", UriKind.Relative));
        var (afterwards, _) = await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"kept"}""");
        Assert.Equal(200, afterwards);
    }

    [Theory]
    [InlineData("""{"approvals":-1}""", "approvals")]
    [InlineData("""{"from":"moon"}""", "from")]
    [InlineData("""{"from":"production"}""", "from")]
    [InlineData("""{"expiryHours":0}""", "expiryHours")]
    [InlineData("""{"approverRole":"boss"}""", "approverRole")]
    [InlineData("""{"approverRole":null}""", "approverRole")]
    [InlineData("""{"gates":[{"gate":"luck"}]}""", "luck")]
    [InlineData("""{"gates":[{"gate":"metric_threshold","metric":"mae"}]}""", "min or max")]
    [InlineData("""{"gates":[{"gate":"metric_not_worse","alpha":0.7}]}""", "alpha")]
    [InlineData("""{"gates":[{"gate":"metric_not_worse","metric":"happiness"}]}""", "metric must end")]
    [InlineData("""{"gates":[{"gate":"fairness","metric":"mae"}]}""", "maxGap")]
    [InlineData("""{"gates":[{"gate":"latency_budget"}]}""", "maxLatencyMsP50")]
    [InlineData("""{"gates":[{"gate":"memory_budget"}]}""", "maxSizeBytes")]
    [InlineData("""{"gates":[{"gate":"required_tags","tags":[]}]}""", "tags")]
    [InlineData("""{"gates":[{"gate":"required_tags","tags":["a\u0000b"]}]}""", "null")]
    public async Task PutPolicy_Wrong_SaysWhat(string json, string words)
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("wrong-policy");
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await _host.Http.PutAsync(
            new Uri("api/v1/models/wrong-policy/policies/production", UriKind.Relative),
            content
        );

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(words, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environments_Default_AreThreeWithTheUsualGates()
    {
        var environments = await _host.Registry.ListEnvironmentsAsync();

        Assert.Equal(["development", "testing", "production"], environments.Select(e => e.Name));
        Assert.Equal(["None", "Staging", "Production"], environments.Select(e => e.Stage));
        Assert.All(environments, e => Assert.False(e.MovesByPromotionOnly()));
        Assert.Equal(["signature_compatible", "metric_not_worse"], environments[2].Gates!.Select(g => g.Gate));
        Assert.Equal(["signature_compatible"], environments[1].Gates!.Select(g => g.Gate));
    }

    private async Task PrepareAsync(string model, bool isProtected)
    {
        if (await _host.Registry.FindModelAsync(model) is not null)
        {
            return;
        }
        await _host.RegisterAsync(model, Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
        await _host.RegisterAsync(model, Files.Good, new Dictionary<string, double> { ["mae"] = 1 });
        await _host.VettedAsync(model, 2);
        await _host.Registry.PutPolicyAsync(model, new EnvironmentPolicy { Name = "production", Protected = isProtected });
        Assert.Equal("promoted", (await _host.PromoteAsync(new PromotionRequest { Model = model, Version = 1 })).Status);
    }
}
