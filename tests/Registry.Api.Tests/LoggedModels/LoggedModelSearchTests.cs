using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.LoggedModels;

public sealed class LoggedModelSearchTests(LoggedModelSearchTests.Data data) : IClassFixture<LoggedModelSearchTests.Data>
{
    private readonly RegistryHost _host = data.Host;

    [Theory]
    [InlineData("", "c b a")]
    [InlineData("name = 'a'", "a")]
    [InlineData("attributes.name != 'a'", "c b")]
    [InlineData("name LIKE '%'", "c b a")]
    [InlineData("name ILIKE 'A'", "a")]
    [InlineData("name IN ('a')", "a")]
    [InlineData("name IN ('a',)", "a")]
    [InlineData("name NOT IN ('a', 'x')", "c b")]
    [InlineData("creation_timestamp > 0", "c b a")]
    [InlineData("creation_time = 0", "")]
    [InlineData("status = 'LOGGED_MODEL_READY'", "b")]
    [InlineData("status = 2", "b")]
    [InlineData("model_type = 'Agent'", "c")]
    [InlineData("params.depth = '3'", "a")]
    [InlineData("tags.`odd key` = 'x' AND params.depth = '3'", "a")]
    [InlineData("tags.missing IS NULL", "c b a")]
    [InlineData("metrics.acc > 0.85", "b a")]
    [InlineData("metrics.acc < 0.85", "b a")]
    [InlineData("metrics.loss <= 1", "c")]
    public async Task Search_Filter_FindsExactly(string filter, string expected) =>
        Assert.Equal(expected, await NamesAsync(new JsonObject { ["filter"] = filter }));

    [Theory]
    [InlineData("""[{"dataset_name":"d1"}]""", null, "b a")]
    [InlineData("""[{"dataset_name":"d1","dataset_digest":"1"}]""", null, "a")]
    [InlineData("""[{"dataset_name":"d1"},{"dataset_name":"d3"}]""", null, "c b a")]
    [InlineData("""[{"dataset_name":"d1"}]""", "metrics.acc > 0.85", "a")]
    [InlineData("""[{"dataset_name":"none"}]""", null, "")]
    public async Task Search_Datasets_LimitWhatIsCompared(string datasets, string? filter, string expected) =>
        Assert.Equal(expected, await NamesAsync(new JsonObject { ["datasets"] = JsonNode.Parse(datasets), ["filter"] = filter }));

    [Theory]
    [InlineData("""[{"field_name":"name"}]""", "a b c")]
    [InlineData("""[{"field_name":"creation_timestamp","ascending":true}]""", "a b c")]
    [InlineData("""[{"field_name":"creation_time","ascending":false}]""", "c b a")]
    [InlineData("""[{"field_name":"metrics.loss"}]""", "c b a")]
    [InlineData("""[{"field_name":"metrics.loss","ascending":false}]""", "c b a")]
    [InlineData("""[{"field_name":"metrics.acc","dataset_name":"d1"}]""", "b a c")]
    [InlineData("""[{"field_name":"metrics.acc","dataset_name":"d2","dataset_digest":"1"}]""", "a b c")]
    [InlineData("""[{"field_name":"metrics.acc","dataset_digest":"1","ascending":false}]""", "b a c")]
    [InlineData("""[{"field_name":"model_type"},{"field_name":"name","ascending":false}]""", "c b a")]
    public async Task Search_Order_PutsMissingLast(string order, string expected) =>
        Assert.Equal(expected, await NamesAsync(new JsonObject { ["order_by"] = JsonNode.Parse(order) }));

    [Fact]
    public async Task Search_Pages_BelongToTheirSearch()
    {
        var first = await SearchAsync(new JsonObject { ["max_results"] = 2 });
        var token = first.Text("next_page_token");
        var second = await SearchAsync(new JsonObject { ["max_results"] = 100, ["page_token"] = token });

        Assert.Equal("c b", Names(first));
        Assert.Equal("a", Names(second));
        Assert.Null(second["next_page_token"]);
        await RefusedAsync("""{"experiment_ids":["0"]}""", token, "Experiment IDs in the page token do not match");
        var experiment = data.Experiment;
        await RefusedAsync(
            $$"""{"experiment_ids":["{{experiment}}"],"filter":"name = 'a'"}""",
            token,
            "Filter string in the page token does not match"
        );
        await RefusedAsync(
            $$"""{"experiment_ids":["{{experiment}}"],"order_by":[{"field_name":"creation_time"}]}""",
            token,
            "Order by in the page token does not match"
        );
    }

    private Task RefusedAsync(string json, string token, string words) =>
        _host.RefusedAsync(
            HttpMethod.Post,
            "logged-models/search",
            json.Insert(1, $"\"page_token\":\"{token}\","),
            (400, "INVALID_PARAMETER_VALUE"),
            words
        );

    private async Task<string> NamesAsync(JsonObject query) => Names(await SearchAsync(query));

    private Task<JsonObject> SearchAsync(JsonObject query)
    {
        query["experiment_ids"] = new JsonArray(data.Experiment);
        return _host.PostOkAsync("logged-models/search", query.ToJsonString());
    }

    private static string Names(JsonObject page) => string.Join(' ', page.List("models").Select(m => m.Text("info", "name")));

    /// <summary>Three models, made one after the other: a and b are measured on two datasets each, c on a third.</summary>
    public sealed class Data : IAsyncLifetime
    {
        public RegistryHost Host { get; private set; } = null!;

        public string Experiment { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Host = await RegistryHost.StartAsync();
            Experiment = await Host.NewExperimentAsync();
            var run = await Host.NewRunAsync(Experiment);
            var a = await AddAsync(
                "a",
                """
                "params":[{"key":"depth","value":"3"}],"tags":[{"key":"odd key","value":"x"}]
                """
            );
            var b = await AddAsync("b", "\"tags\":[]");
            var c = await AddAsync("c", "\"model_type\":\"Agent\"");
            await Host.OkAsync(HttpMethod.Patch, $"logged-models/{b}", """{"status":"LOGGED_MODEL_READY"}""");
            await MeasureAsync(run, a, "acc", 0.9, "d1", "1");
            await MeasureAsync(run, a, "acc", 0.8, "d2", "1");
            await MeasureAsync(run, b, "acc", 0.8, "d1", "2");
            await MeasureAsync(run, b, "acc", 0.9, "d2", "1");
            await MeasureAsync(run, c, "loss", 1, "d3", "1");
        }

        public async Task DisposeAsync() => await Host.DisposeAsync();

        private async Task<string> AddAsync(string name, string more)
        {
            var model = await Host.PostOkAsync("logged-models", $$"""{"experiment_id":"{{Experiment}}","name":"{{name}}",{{more}}}""");
            // The order of creation is what most searches here show: the next one must have a later time.
            var created = (long)model["model"]!["info"]!["creation_timestamp_ms"]!;
            await Slipway.Testing.Eventually.TrueAsync(() =>
                Task.FromResult(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > created)
            );
            return model.Text("model", "info", "model_id");
        }

        private Task<JsonObject> MeasureAsync(string run, string model, string key, double value, string dataset, string digest) =>
            Host.PostOkAsync(
                "runs/log-metric",
                FormattableString.Invariant(
                    $$"""{"run_id":"{{run}}","key":"{{key}}","value":{{value}},"timestamp":1,"model_id":"{{model}}","dataset_name":"{{dataset}}","dataset_digest":"{{digest}}"}"""
                )
            );
    }
}
