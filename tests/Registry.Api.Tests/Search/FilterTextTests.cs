using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Search;

/// <summary>Refusals of filters and orders of runs in the words that MLflow's clients look for, and forms that must be understood.</summary>
public sealed class FilterTextTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("metric.acc >= 0.94; metrics.rmse < 1", "Search filter contained multiple expression")]
    [InlineData("metric.acc >= 0.94;", "Invalid clause(s) in filter string: ';'")]
    [InlineData("m.acc >= 0.94", "Invalid entity type 'm'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']")]
    [InlineData("acc >= 0.94", "Invalid attribute key 'acc'")]
    [InlineData("attribute.experiment_id != 1", "Invalid attribute key")]
    [InlineData("attribute.lifecycle_stage = 'ACTIVE'", "Invalid attribute key")]
    [InlineData("attribute.name != 'a'", "Invalid attribute key")]
    [InlineData("metrics.A > 0.1 OR params.B = 'LR'", "Invalid clause(s) in filter string: 'OR'")]
    [InlineData("metrics.A > 0.1 NAND params.B = 'LR'", "Invalid clause(s) in filter string")]
    [InlineData("metrics.A > 0.1 AND (params.B = 'LR')", "Invalid clause(s) in filter string")]
    [InlineData("NOT metrics.A > 0.1", "Invalid clause(s) in filter string")]
    [InlineData("metrics.A BETWEEN 1 AND 2", "Invalid clause(s) in filter string")]
    [InlineData("metrics.A > 0.1 -- comment", "Invalid clause(s) in filter string")]
    [InlineData("`metrics.A > 0.1", "Invalid clause(s) in filter string")]
    [InlineData("param`.A > 0.1", "Invalid clause(s) in filter string")]
    [InlineData("`metrics.A` > 1", "Invalid entity type")]
    [InlineData("attribute.status = true", "Invalid clause(s) in filter string")]
    [InlineData("attribute.status IS 'RUNNING'", "Invalid clause(s) in filter string")]
    [InlineData("dataset.status = 'true'", "Invalid dataset key 'status'")]
    [InlineData("metrics.acc IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params")]
    [InlineData("attribute.status IS NOT NULL", "IS NULL / IS NOT NULL is only supported for tags and params")]
    [InlineData("foo is null", "Invalid attribute key")]
    [InlineData("metric.model = '5'", "Expected numeric value type for metric. Found '5'")]
    [InlineData("metrics.acc != metrics.acc", "Expected numeric value type for metric")]
    [InlineData("params.acc = 5", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5")]
    [InlineData("tags.acc = 5", "Expected a quoted string value for tag")]
    [InlineData("attribute.status = 1", "Expected a quoted string value for attributes")]
    [InlineData("attribute.start_time = 'x'", "Expected numeric value type for numeric attribute: start_time")]
    [InlineData("1.0 > metrics.acc", "Expected 'Identifier' found '1.0'")]
    [InlineData("1==2", "Expected 'Identifier' found '1'")]
    [InlineData("params.acc = LR", "value is either not quoted or unidentified quote types")]
    [InlineData("params.acc = `LR`", "value is either not quoted or unidentified quote types")]
    [InlineData("params.'acc = LR", "Invalid clause(s) in filter string")]
    [InlineData("params.acc = 'LR", "Invalid clause(s) in filter string")]
    [InlineData("params.acc = \"LR'", "Invalid clause(s) in filter string")]
    [InlineData("tags.acc = = 'LR'", "Invalid clause(s) in filter string")]
    [InlineData("params.acc LR !=", "Invalid clause(s) in filter string")]
    [InlineData("metric.acc !=", "Invalid clause(s) in filter string")]
    [InlineData("metric.acc", "Invalid clause(s) in filter string")]
    [InlineData("metrics.abc ~ 1", "Invalid comparator '~'")]
    [InlineData("metrics.abc == 1", "Invalid comparator '=='")]
    [InlineData("metrics.abc LIKE 1", "Invalid comparator 'LIKE'")]
    [InlineData("params.abc > 'x'", "Invalid comparator '>'")]
    [InlineData("tags.abc <= 'x'", "Invalid comparator '<='")]
    [InlineData("params.abc IN ('x')", "Invalid comparator 'IN'")]
    [InlineData("attributes.status >= 'x'", "Invalid comparator '>='")]
    [InlineData("attributes.start_time ILIKE 1", "Invalid comparator 'ILIKE'")]
    [InlineData("datasets.name > 'x'", "Invalid comparator '>'")]
    [InlineData("status IN ('FINISHED')", "Only the 'run_id' attribute supports comparison with a list")]
    [InlineData("run_id IN (1, 2)", "expected string value, punctuation, or whitespace, but got different type in list")]
    [InlineData("run_id IN ()", "expected a non-empty list of string values")]
    [InlineData("run_id IN ('a' 'b')", "Invalid clause(s) in filter string")]
    [InlineData("run_id IN 'a'", "Invalid clause(s) in filter string")]
    public Task Filter_Wrong_IsRefused(string filter, string words) =>
        _host.RefusedAsync(HttpMethod.Post, "runs/search", Query("filter", filter), (400, "INVALID_PARAMETER_VALUE"), words);

    [Theory]
    [InlineData("params.\"m\"!=\"tf\"")]
    [InlineData("metric.\"legit name\" >= 0.243")]
    [InlineData("metrics.\"X//Y#$$@&Z\" = 3")]
    [InlineData("`metric`.a >= -1e-3")]
    [InlineData("`tags`.`source name` = \"it's\"")]
    [InlineData("metrics.\"accuracy.2.0\" > .5")]
    [InlineData("tags.mlflow.user = 'x' and tags.mlflow.user IS NOT NULL")]
    [InlineData("attribute.artifact_uri = '1/23/4'")]
    [InlineData("Run name = 'x'")]
    [InlineData("`run name` LIKE '%x_'")]
    [InlineData("attr.`Run name` = 'x'")]
    [InlineData("created > 1234 AND Created < 5678")]
    [InlineData("run_id NOT IN ('a', \"b\",)")]
    [InlineData("datasets.context NOT IN ('train')")]
    [InlineData("   ")]
    public async Task Filter_EveryForm_IsUnderstood(string filter) =>
        Assert.Equal(200, (await _host.PostAsync("runs/search", Query("filter", filter))).Status);

    [Theory]
    [InlineData("m.acc", "Invalid entity type")]
    [InlineData("acc", "Invalid attribute key")]
    [InlineData("`metrics.A", "Invalid order_by clause")]
    [InlineData("`metrics.A`", "Invalid entity type")]
    [InlineData("attribute.experiment_id", "Invalid attribute key")]
    [InlineData("metrics.A != 1", "Invalid order_by clause")]
    [InlineData("", "Invalid order_by clause")]
    [InlineData("attribute.run_id ACS", "Invalid ordering key")]
    [InlineData("attribute.run_id decs", "Invalid ordering key")]
    [InlineData("attribute.run_id DESC x", "Invalid order_by clause")]
    [InlineData("datasets.name", "Invalid order_by entity type")]
    public Task Order_Wrong_IsRefused(string order, string words) =>
        _host.RefusedAsync(HttpMethod.Post, "runs/search", Query("order_by", order), (400, "INVALID_PARAMETER_VALUE"), words);

    [Fact]
    public async Task Filter_OverItsBounds_IsRefused()
    {
        string[] filters =
        [
            $"params.a = '{new string('x', 20_000)}'",
            string.Join(" AND ", Enumerable.Repeat("metrics.a = 1", 201)),
            $"params.a LIKE '{string.Concat(Enumerable.Repeat("%a", 101))}'",
        ];
        foreach (var filter in filters)
        {
            await _host.RefusedAsync(HttpMethod.Post, "runs/search", Query("filter", filter), (400, "INVALID_PARAMETER_VALUE"), "");
        }
    }

    private static string Query(string name, string text) =>
        new JsonObject
        {
            ["experiment_ids"] = new JsonArray("0"),
            [name] = name == "filter" ? JsonValue.Create(text) : new JsonArray(text),
        }.ToJsonString();
}
