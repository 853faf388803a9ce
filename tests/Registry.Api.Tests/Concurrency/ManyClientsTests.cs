using System.Text.Json.Nodes;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Concurrency;

/// <summary>Fifty clients change one model at once: no number is given twice, no alias has two owners, and readers only see what was written.</summary>
public sealed class ManyClientsTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private const int Clients = 50;
    private const int Rounds = 2;
    private static readonly string[] s_aliases = ["champion", "challenger", "shadow"];
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Clients_CreateMoveAndPromoteAtOnce_LeaveOneOwnerPerAliasAndNoNumberTwice()
    {
        await _host.RegisterAsync("busy", Files.Good);
        await _host.VettedAsync("busy", 1);

        var work = Enumerable.Range(0, Clients).Select(client => WorkAsync(client)).ToList();
        var given = (await Task.WhenAll(work)).SelectMany(numbers => numbers).ToList();

        Assert.Equal(Enumerable.Range(2, Clients * Rounds), given.Order());
        var (_, body) = await _host.GetAsync("registered-models/get?name=busy");
        var owners = body["registered_model"]!["aliases"]!
            .AsArray()
            .Select(a => (Alias: (string)a!["alias"]!, Version: (string)a["version"]!))
            .ToList();
        Assert.Equal(owners.Select(o => o.Alias).Distinct(), owners.Select(o => o.Alias));
        foreach (var (alias, version) in owners)
        {
            var (_, search) = await _host.GetAsync("model-versions/search?filter=name%20%3D%20%27busy%27");
            var holders = search["model_versions"]!
                .AsArray()
                .Where(v => v!["aliases"]?.AsArray().Any(a => (string?)a == alias) == true)
                .Select(v => (string?)v!["version"]);
            Assert.Equal(version, Assert.Single(holders));
            Assert.Equal(version, (await _host.Mlflow.GetVersionByAliasAsync("busy", alias))!.Version);
        }
        Assert.Equal("1", owners.Single(o => o.Alias == "production").Version);
    }

    /// <summary>Creates versions, points aliases to them, deletes some, and asks for promotions; gives the numbers that it got.</summary>
    private async Task<List<int>> WorkAsync(int client)
    {
        var numbers = new List<int>();
        var alias = s_aliases[client % s_aliases.Length];
        for (var round = 0; round < Rounds; round++)
        {
            var created = await PostAsync("model-versions/create", """{"name":"busy","source":"runs:/r/m"}""");
            var number = (string)created["model_version"]!["version"]!;
            numbers.Add(int.Parse(number, System.Globalization.CultureInfo.InvariantCulture));
            await PostAsync("registered-models/alias", $$"""{"name":"busy","alias":"{{alias}}","version":"{{number}}"}""");
            var seen = (await _host.Mlflow.GetVersionByAliasAsync("busy", alias))!;
            Assert.True(seen.Aliases.Contains(alias), $"version {seen.Version} was found by '{alias}' and does not list it");
            if (round == 0)
            {
                await _host.PromoteAsync(
                    new PromotionRequest
                    {
                        Model = "busy",
                        Version = 1,
                        Environment = "production",
                    }
                );
            }
        }
        return numbers;
    }

    /// <summary>Sends as MLflow's clients do: an answer that asks for patience is repeated.</summary>
    private async Task<JsonObject> PostAsync(string route, string json)
    {
        JsonObject? answer = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var (status, body) = await _host.PostAsync(route, json);
                Assert.True(status is 200 or 503, $"{route} {json} was answered with {status}: {body.ToJsonString()}");
                answer = body;
                return status == 200;
            },
            TimeSpan.FromSeconds(60)
        );
        return answer!;
    }
}
