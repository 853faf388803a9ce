using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Models;

/// <summary>Searches of models and versions: filters, orders, pages, and prompts that stay out of both.</summary>
public sealed class ModelSearchTests : IClassFixture<ModelSearchTests.Filled>
{
    private readonly RegistryHost _host;

    public ModelSearchTests(Filled filled) => _host = filled.Host;

    [Theory]
    [InlineData("", "RM000 RM001 RM002 RM003 RM004")]
    [InlineData("name = 'RM001'", "RM001")]
    [InlineData("name LIKE '%3'", "RM003")]
    [InlineData("name LIKE 'rm%'", "")]
    [InlineData("name ILIKE 'rm%0_4'", "RM004")]
    [InlineData("name != 'RM000' AND name like 'RM00_'", "RM001 RM002 RM003 RM004")]
    [InlineData("tags.t1 = 'abc'", "RM001")]
    [InlineData("tag.t1 != 'abc'", "RM002")]
    [InlineData("tag.t1 LIKE 'ab%' AND tags.t2 = 'xyz'", "RM001")]
    [InlineData("tag.t1 != 'abcd' AND tag.t1 LIKE 'ab%'", "RM001")]
    [InlineData("tag.T1 = 'abc'", "")]
    [InlineData("tags.`mlflow.prompt.is_prompt` = 'true'", "prompt_1 prompt_2")]
    [InlineData("tags.`mlflow.prompt.is_prompt` != 'true'", "RM000 RM001 RM002 RM003 RM004")]
    [InlineData("tag.`mlflow.prompt.is_prompt` = 'false' AND name = 'RM002'", "RM002")]
    [InlineData("name = 'prompt_1'", "")]
    [InlineData("name = 'prompt_1' AND tags.`mlflow.prompt.is_prompt` = 'true'", "prompt_1")]
    public async Task SearchModels_Filter_Finds(string filter, string names) =>
        Assert.Equal(names, Names(await SearchAsync("registered-models", filter)));

    [Theory]
    [InlineData("run_id = 'r1'", "v3 v1")]
    [InlineData("run_id IN ('r1', 'r2')", "v3 v2 v1")]
    [InlineData("run_id IN ('R1')", "")]
    [InlineData("run_id LIKE 'r%' AND version_number >= 2", "v3 v2")]
    [InlineData("source_path = 'runs:/r1/m'", "v3 v1")]
    [InlineData("version_number = 2 AND name = 'RM000'", "v2")]
    [InlineData("tags.fruit = 'apple'", "v1")]
    public async Task SearchVersions_Filter_Finds(string filter, string versions) =>
        Assert.Equal(
            versions,
            string.Join(
                ' ',
                (await SearchAsync("model-versions", filter))["model_versions"]?.AsArray().Select(v => $"v{v!["version"]}") ?? []
            )
        );

    [Theory]
    [InlineData("registered-models", "run_id = 'x'", "Invalid attribute key 'run_id' specified")]
    [InlineData("registered-models", "last_updated_timestamp > 1", "Invalid attribute key 'last_updated_timestamp' specified")]
    [InlineData("model-versions", "creation_timestamp > 1", "Invalid attribute key 'creation_timestamp' specified")]
    [InlineData("model-versions", "run_id IN (", "Invalid clause(s) in filter string")]
    [InlineData("model-versions", "name LIKE", "Invalid clause(s) in filter string")]
    [InlineData("registered-models", "metrics.a > 1", "Invalid entity type 'metrics'")]
    public async Task Search_BadFilter_IsRefused(string kind, string filter, string words)
    {
        var (status, body) = await _host.GetAsync($"{kind}/search?filter={Uri.EscapeDataString(filter)}");

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        Assert.Contains(words, (string?)body["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registered-models", "creation_timestamp DESC", "Invalid order by key 'creation_timestamp' specified")]
    [InlineData("registered-models", "last_updated_timestamp DESC blah", "Invalid order_by clause")]
    [InlineData("model-versions", "run_id DESC", "Invalid attribute key 'run_id' specified")]
    [InlineData("registered-models", "timestamp&order_by=last_updated_timestamp", "`order_by` contains duplicate fields")]
    [InlineData("registered-models", "name&order_by=name DESC", "`order_by` contains duplicate fields")]
    public async Task Search_BadOrder_IsRefused(string kind, string order, string words)
    {
        var (status, body) = await _host.GetAsync($"{kind}/search?order_by={order.Replace(" ", "%20", StringComparison.Ordinal)}");

        Assert.Equal(400, status);
        Assert.Contains(words, (string?)body["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name DESC", "RM004 RM003 RM002 RM001 RM000")]
    [InlineData("name aSC", "RM000 RM001 RM002 RM003 RM004")]
    [InlineData("timestamp", "RM001 RM002 RM003 RM004 RM000")]
    [InlineData("last_updated_timestamp  desc", "RM000 RM004 RM003 RM002 RM001")]
    public async Task SearchModels_Order_IsKept(string order, string names) =>
        Assert.Equal(
            names,
            Names((await _host.GetAsync($"registered-models/search?order_by={order.Replace(" ", "%20", StringComparison.Ordinal)}")).Body)
        );

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task SearchModels_Pages_AddUpToTheWhole(int size)
    {
        var names = new List<string>();
        var token = "";
        do
        {
            var (_, page) = await _host.GetAsync($"registered-models/search?max_results={size}&page_token={Uri.EscapeDataString(token)}");
            Assert.InRange(page["registered_models"]!.AsArray().Count, 1, size);
            names.Add(Names(page));
            token = (string?)page["next_page_token"] ?? "";
        } while (token.Length > 0);

        Assert.Equal("RM000 RM001 RM002 RM003 RM004", string.Join(' ', names));
    }

    [Theory]
    [InlineData("registered-models/search?max_results=0")]
    [InlineData("registered-models/search?max_results=1001")]
    [InlineData("model-versions/search?max_results=200001")]
    [InlineData("model-versions/search?max_results=-1")]
    [InlineData("model-versions/search?page_token=evilhax")]
    public async Task Search_BadPage_IsRefused(string route) => Assert.Equal(400, (await _host.GetAsync(route)).Status);

    [Fact]
    public async Task SearchVersions_Default_ShowsTheLastChangedFirstWithoutPrompts()
    {
        var found = (await SearchAsync("model-versions", ""))["model_versions"]!.AsArray();

        Assert.Equal(["3", "2", "1"], found.Select(v => (string?)v!["version"]));
        Assert.All(found, v => Assert.Equal("RM000", (string?)v!["name"]));
        var prompts = (await SearchAsync("model-versions", "tags.`mlflow.prompt.is_prompt` = 'true'"))["model_versions"]!.AsArray();
        Assert.Equal("prompt_1", (string?)Assert.Single(prompts)!["name"]);
    }

    private async Task<JsonObject> SearchAsync(string kind, string filter)
    {
        var (status, body) = await _host.GetAsync($"{kind}/search?filter={Uri.EscapeDataString(filter)}");
        Assert.Equal(200, status);
        return body;
    }

    private static string Names(JsonObject page) =>
        string.Join(' ', page["registered_models"]?.AsArray().Select(m => (string?)m!["name"]) ?? []);

    /// <summary>A registry with five models, of which the first has three versions, and two prompts.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        private const string PromptTag = """{"key":"mlflow.prompt.is_prompt","value":"true"}""";

        public RegistryHost Host { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Host = await RegistryHost.StartAsync();
            string[] tags =
            [
                "",
                """{"key":"t1","value":"abc"},{"key":"t2","value":"xyz"}""",
                """{"key":"t1","value":"abcd"},{"key":"t2","value":"xyz1"}""",
                "",
                "",
            ];
            for (var i = 0; i < tags.Length; i++)
            {
                await OkAsync("registered-models/create", $$"""{"name":"RM00{{i}}","tags":[{{tags[i]}}]}""");
                await NextMillisecondAsync();
            }
            foreach (var (run, fruit) in new[] { ("r1", "apple"), ("r2", "pear"), ("r1", "fig") })
            {
                await OkAsync(
                    "model-versions/create",
                    $$"""{"name":"RM000","source":"runs:/{{run}}/m","run_id":"{{run}}","tags":[{"key":"fruit","value":"{{fruit}}"}]}"""
                );
                await NextMillisecondAsync();
            }
            await OkAsync("registered-models/create", $$"""{"name":"prompt_1","tags":[{{PromptTag}}]}""");
            await OkAsync("registered-models/create", $$"""{"name":"prompt_2","tags":[{{PromptTag}}]}""");
            await OkAsync("model-versions/create", $$"""{"name":"prompt_1","source":"none","tags":[{{PromptTag}}]}""");
        }

        public async Task DisposeAsync() => await Host.DisposeAsync();

        private async Task OkAsync(string route, string json) => Assert.Equal(200, (await Host.PostAsync(route, json)).Status);

        // Times have the resolution that clients see: the order of what happens within one millisecond is not told.
        private static async Task NextMillisecondAsync()
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            await Testing.Eventually.TrueAsync(() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > now);
        }
    }
}
