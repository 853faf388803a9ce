using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Models;

/// <summary>Pages of registered models, of versions and of webhooks while others write.</summary>
public sealed class RegistryPagesTests : IAsyncLifetime
{
    private const int Seed = 20;
    private RegistryHost _host = null!;

    public async Task InitializeAsync() => _host = await RegistryHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("name DESC")]
    [InlineData("timestamp")]
    [InlineData("last_updated_timestamp DESC")]
    public async Task Models_WhileOthersComeAndGo_AreEachShownOnce(string order)
    {
        var random = new Random(Seed);
        var stay = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            stay.Add(await AddModelAsync(random));
        }
        // Many of one time: ties, too, have their order.
        await _host.ExecuteAsync("UPDATE registered_models SET updated_at = now() - interval '1 hour' WHERE id % 3 = 0");
        var whole = await WalkAsync("registered-models/search", "registered_models", order, v => v.Text("name"), () => Task.CompletedTask);
        var extra = new List<string>();

        var seen = await WalkAsync(
            "registered-models/search",
            "registered_models",
            order,
            v => v.Text("name"),
            async () =>
            {
                extra.Add(await AddModelAsync(random));
                extra.Add(await AddModelAsync(random));
                var gone = extra[random.Next(extra.Count)];
                extra.Remove(gone);
                await _host.OkAsync(HttpMethod.Delete, "registered-models/delete", $$"""{"name":"{{gone}}"}""");
            }
        );

        Assert.Equal(20, whole.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(whole, seen.Where(stay.Contains));
    }

    [Theory]
    [InlineData("")]
    [InlineData("name ASC")]
    [InlineData("version_number DESC")]
    [InlineData("creation_timestamp ASC")]
    [InlineData("last_updated_timestamp ASC")]
    public async Task Versions_WhileOthersComeAndGo_AreEachShownOnce(string order)
    {
        var random = new Random(Seed);
        string[] models = [await AddModelAsync(random), await AddModelAsync(random), await AddModelAsync(random)];
        var stay = new List<(string, string)>();
        for (var i = 0; i < 20; i++)
        {
            stay.Add(await AddVersionAsync(models[random.Next(3)]));
        }
        await _host.ExecuteAsync(
            "UPDATE model_versions SET updated_at = now() - interval '1 hour', created_at = now() - interval '1 hour' WHERE version % 3 = 0"
        );
        var whole = await WalkAsync("model-versions/search", "model_versions", order, KeyOf, () => Task.CompletedTask);
        var extra = new List<(string Name, string Version)>();

        var seen = await WalkAsync(
            "model-versions/search",
            "model_versions",
            order,
            KeyOf,
            async () =>
            {
                extra.Add(await AddVersionAsync(models[random.Next(3)]));
                extra.Add(await AddVersionAsync(models[random.Next(3)]));
                var gone = extra[random.Next(extra.Count)];
                extra.Remove(gone);
                await _host.OkAsync(
                    HttpMethod.Delete,
                    "model-versions/delete",
                    $$"""{"name":"{{gone.Name}}","version":"{{gone.Version}}"}"""
                );
            }
        );

        Assert.Equal(20, whole.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(whole, seen.Where(stay.Contains));
    }

    [Fact]
    public async Task Webhooks_WhileOthersComeAndGo_AreEachShownOnce()
    {
        var stay = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            stay.Add(await AddWebhookAsync());
        }
        var whole = await WalkAsync("webhooks", "webhooks", "", w => w.Text("webhook_id"), () => Task.CompletedTask);

        var seen = await WalkAsync("webhooks", "webhooks", "", w => w.Text("webhook_id"), AddWebhookAsync);

        Assert.Equal(10, whole.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(whole, seen.Where(stay.Contains));
    }

    [Theory]
    [InlineData("registered-models/search", "name", "timestamp")]
    [InlineData("model-versions/search", "name", "version_number")]
    public async Task Token_OfAnotherOrder_IsRefused(string route, string order, string other)
    {
        var random = new Random(Seed);
        var model = await AddModelAsync(random);
        await AddModelAsync(random);
        await AddVersionAsync(model);
        await AddVersionAsync(model);
        var first = await _host.GetOkAsync($"{route}?max_results=1&order_by={order}");
        var token = Uri.EscapeDataString(first.Text("next_page_token"));

        await _host.RefusedAsync(
            HttpMethod.Get,
            $"{route}?max_results=1&order_by={other}&page_token={token}",
            null,
            (400, "INVALID_PARAMETER_VALUE"),
            "Invalid page token"
        );
    }

    private static (string, string) KeyOf(JsonNode version) => (version.Text("name"), version.Text("version"));

    private async Task<List<T>> WalkAsync<T>(string route, string list, string order, Func<JsonNode, T> key, Func<Task> between)
    {
        var seen = new List<T>();
        var token = "";
        do
        {
            var page = await _host.GetOkAsync(
                $"{route}?max_results=3&page_token={Uri.EscapeDataString(token)}{(order.Length == 0 ? "" : "&order_by=" + Uri.EscapeDataString(order))}"
            );
            seen.AddRange(page.List(list).Select(key));
            token = (string?)page["next_page_token"] ?? "";
            await between();
        } while (token.Length > 0 && seen.Count < 300);
        return seen;
    }

    private async Task<string> AddModelAsync(Random random)
    {
        var name = $"{(char)('a' + random.Next(26))}-{random.Next()}";
        await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{name}}"}""");
        return name;
    }

    private async Task<(string, string)> AddVersionAsync(string model) =>
        KeyOf((await _host.PostOkAsync("model-versions/create", $$"""{"name":"{{model}}","source":"s3://bucket/a"}"""))["model_version"]!);

    private async Task<string> AddWebhookAsync() =>
        (
            await _host.PostOkAsync(
                "webhooks",
                """{"name":"hook","url":"https://1.1.1.1/","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}"""
            )
        ).Text("webhook", "webhook_id");
}
