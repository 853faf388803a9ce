using System.Net;
using System.Text;
using Npgsql;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Promotions;

public sealed class PromotionsApiTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Promote_FirstThenBetterThenWorse_MovesOnlyForward()
    {
        await RegisterAsync("forward", 40);
        await RegisterAsync("forward", 30);
        await RegisterAsync("forward", 50);

        var first = await _host.PromoteAsync(
            new PromotionRequest
            {
                Model = "forward",
                Version = 1,
                Comment = "start",
            }
        );
        var second = await _host.PromoteAsync(new PromotionRequest { Model = "forward", Version = 2 });
        var third = await _host.PromoteAsync(new PromotionRequest { Model = "forward", Version = 3 });

        Assert.Equal(("promoted", (int?)null, "start"), (first.Status, first.PreviousVersion, first.Comment));
        Assert.Equal(("promoted", 1), (second.Status, second.PreviousVersion));
        Assert.Equal("rejected", third.Status);
        Assert.Contains(
            third.Gates,
            g => g is { Name: "metric_not_worse", Status: "failed" } && g.Detail.Contains("50", StringComparison.Ordinal)
        );
        Assert.Equal(2, (await _host.Registry.FindModelAsync("forward"))!.Aliases["production"]);
        Assert.Equal([3, 2, 1], (await _host.Registry.ListPromotionsAsync("forward")).Promotions.Select(p => p.Version));
        var version = await _host.Mlflow.GetModelVersionAsync("forward", "2");
        Assert.Equal("Production", version.CurrentStage);
        Assert.Equal("Archived", (await _host.Mlflow.GetModelVersionAsync("forward", "1")).CurrentStage);
    }

    [Fact]
    public async Task Promote_ComparedOnTheSameRows_TrustsThatComparison()
    {
        await RegisterAsync("drifted", 40);
        Assert.Equal("promoted", (await _host.PromoteAsync(new PromotionRequest { Model = "drifted", Version = 1 })).Status);
        // The world has changed: on newer rows the incumbent's error is 90, and 55 is the better one.
        await _host.RegisterAsync(
            "drifted",
            Files.Good,
            new Dictionary<string, double> { ["mae"] = 55, ["incumbent_mae"] = 90 },
            new Dictionary<string, string> { [RunNames.IncumbentVersionTag] = "1" }
        );

        var promotion = await _host.PromoteAsync(new PromotionRequest { Model = "drifted", Version = 2 });

        Assert.Equal("promoted", promotion.Status);
        Assert.Contains(promotion.Gates, g => g.Detail.Contains("on the same data", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Promote_FirstToProduction_MakesTheEndpointOnce()
    {
        await RegisterAsync("endpoint", 40);
        await _host.PromoteAsync(
            new PromotionRequest
            {
                Model = "endpoint",
                Version = 1,
                Environment = "testing",
            }
        );
        Assert.DoesNotContain(await _host.Registry.ListEndpointsAsync(), e => e.Name == "endpoint");

        await _host.PromoteAsync(new PromotionRequest { Model = "endpoint", Version = 1 });
        var made = Assert.Single(await _host.Registry.ListEndpointsAsync(), e => e.Name == "endpoint");
        Assert.Equal(("endpoint", "production"), (made.Routes[0].Model, made.Routes[0].Alias));

        using var deleted = await _host.Http.DeleteAsync(new Uri("api/v1/endpoints/endpoint", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await RegisterAsync("endpoint", 30);
        await _host.PromoteAsync(new PromotionRequest { Model = "endpoint", Version = 2 });
        Assert.DoesNotContain(await _host.Registry.ListEndpointsAsync(), e => e.Name == "endpoint");
    }

    [Fact]
    public async Task Promote_SameKeyTwice_IsOnePromotion()
    {
        await RegisterAsync("key", 40);
        var request = new PromotionRequest
        {
            Model = "key",
            Version = 1,
            IdempotencyKey = "job-17",
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _host.Registry.PromoteAsync(request)));
        using var other = await PostAsync("""{"model":"key","version":1,"environment":"testing","idempotencyKey":"job-17"}""");

        Assert.Single(answers.Select(a => a.Id).Distinct());
        Assert.Single((await _host.Registry.ListPromotionsAsync("key")).Promotions);
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
    }

    [Theory]
    [InlineData("""{"model":"none","version":1}""", 404, "unknown_model")]
    [InlineData("""{"model":null,"version":1}""", 400, "invalid_model")]
    [InlineData("""{"model":"a\u0000b","version":1}""", 400, "invalid_model")]
    [InlineData("""{"model":"wrong","version":9}""", 404, "unknown_version")]
    [InlineData("""{"model":"wrong","version":1,"environment":"moon"}""", 400, "unknown_environment")]
    [InlineData("""{"model":"wrong","version":1,"metric":"happiness"}""", 400, "unknown_metric")]
    [InlineData("""{"model":"wrong","version":1,"tolerance":-1}""", 400, "invalid_tolerance")]
    [InlineData("""{"model":"wrong","version":1,"comment":"\u0000"}""", 400, "invalid_text")]
    [InlineData("""{"model":"wrong","version":"one"}""", 400, "invalid_json")]
    [InlineData("""{"version":1}""", 400, "invalid_json")]
    [InlineData("""{""", 400, "invalid_json")]
    [InlineData("", 400, "bad_request")]
    public async Task Promote_Wrong_IsAProblemWithACode(string json, int status, string code)
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("wrong");
        using var response = await PostAsync(json);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_OfANameWithANullCharacter_IsRefused()
    {
        using var response = await _host.Http.GetAsync(new Uri("api/v1/promotions?model=%00", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("invalid_text", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promote_BehindOneThatCannotBeDecided_IsDecided()
    {
        await RegisterAsync("broken", 1);
        await RegisterAsync("behind", 1);
        await _host.VettedAsync("broken", 1);
        await using var source = NpgsqlDataSource.Create(_host.ConnectionString);
        await using var spoil = source.CreateCommand(
            """
            UPDATE model_versions SET vetting_report = '{"status":[]}'
            WHERE model_id = (SELECT id FROM registered_models WHERE name = 'broken')
            """
        );
        Assert.Equal(1, await spoil.ExecuteNonQueryAsync());

        var broken = await _host.Registry.PromoteAsync(new PromotionRequest { Model = "broken", Version = 1 });
        var behind = await _host.PromoteAsync(new PromotionRequest { Model = "behind", Version = 1 });

        Assert.Equal("promoted", behind.Status);
        Assert.Equal("pending", (await _host.Registry.FindPromotionAsync(broken.Id))!.Status);
    }

    [Fact]
    public async Task PromoteAndAlias_ManyAtOnce_LeaveOneOwnerAndAWholeHistory()
    {
        const int versions = 8;
        await Task.WhenAll(
            Enumerable
                .Range(0, versions)
                .Select(_ => _host.RegisterAsync("crowd", Files.Good, new Dictionary<string, double> { ["mae"] = 1 }))
        );
        var overview = await _host.Registry.FindModelAsync("crowd");
        Assert.Equal(Enumerable.Range(1, versions).Reverse(), overview!.Versions.Select(v => v.Version));
        foreach (var version in overview.Versions)
        {
            await _host.VettedAsync("crowd", version.Version);
        }

        var promotions = Enumerable
            .Range(1, versions)
            .Select(v => _host.PromoteAsync(new PromotionRequest { Model = "crowd", Version = v }));
        var aliases = Enumerable
            .Range(0, 40)
            .Select(i =>
                _host.Mlflow.SetAliasAsync(
                    "crowd",
                    i % 2 == 0 ? "production" : "champion",
                    ((i % versions) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture)
                )
            );
        await Task.WhenAll([.. promotions, .. aliases]);

        // Each move begins where the one before it ended, and the last one is what the alias says.
        await using var source = NpgsqlDataSource.Create(_host.ConnectionString);
        foreach (var (alias, holder) in (await _host.Registry.FindModelAsync("crowd"))!.Aliases)
        {
            await using var command = source.CreateCommand(
                "SELECT h.previous_version, h.version FROM alias_history h JOIN registered_models m ON m.id = h.model_id WHERE m.name = 'crowd' AND h.alias = $1 ORDER BY h.id"
            );
            command.Parameters.AddWithValue(alias);
            await using var reader = await command.ExecuteReaderAsync();
            int? last = null;
            while (await reader.ReadAsync())
            {
                Assert.Equal(last, reader.IsDBNull(0) ? null : reader.GetInt32(0));
                last = reader.GetInt32(1);
            }
            Assert.Equal(holder, last);
        }
    }

    private async Task RegisterAsync(string model, double mae) =>
        await _host.RegisterAsync(model, Files.Good, new Dictionary<string, double> { ["mae"] = mae });

    private Task<HttpResponseMessage> PostAsync(string json) =>
        _host.Http.PostAsync(new Uri("api/v1/promotions", UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"));
}
