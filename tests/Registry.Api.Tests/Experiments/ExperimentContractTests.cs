using Slipway.Registry.Api.Experiments;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Experiments;

public sealed class ExperimentContractTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private static readonly (int, string) s_invalid = (400, "INVALID_PARAMETER_VALUE");
    private static readonly (int, string) s_notFound = (404, "RESOURCE_DOES_NOT_EXIST");
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("mlflow-artifacts:/a/b", "mlflow-artifacts:/a/b")]
    [InlineData("mlflow-artifacts://host:5000/a", "mlflow-artifacts:/a")]
    [InlineData("s3://bucket/path?region=eu", "s3://bucket/path?region=eu")]
    [InlineData("file:///tmp/x", "file:///tmp/x")]
    [InlineData("/tmp/x", "/tmp/x")]
    public void ArtifactLocation_Check_KeepsWhatClientsMayUse(string given, string expected) =>
        Assert.Equal(expected, ArtifactLocation.Check(given));

    [Fact]
    public void ArtifactLocation_CheckRelativePath_IsBelowTheWorkingFolder() =>
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "my_location"), ArtifactLocation.Check("my_location"));

    [Theory]
    [InlineData("mlflow-artifacts:/a/../b", "Invalid artifact location")]
    [InlineData("mlflow-artifacts:/a%2f..%2fb", "Invalid artifact location")]
    [InlineData("s3://bucket/a#../x", "can't include fragments or params")]
    [InlineData("s3://bucket/a;x=1", "can't include fragments or params")]
    [InlineData("s3://bucket/a?x=%252e%252e/y", "Invalid query string")]
    [InlineData("runs:/1/a", "cannot be a runs:/ URI")]
    [InlineData("../x", "must not hold '..'")]
    [InlineData("a\\..\\x", "must not hold '..'")]
    public void ArtifactLocation_CheckDangerous_IsRefused(string given, string words) =>
        Assert.Contains(words, Assert.Throws<MlflowRefusal>(() => ArtifactLocation.Check(given)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Lifecycle_DeleteAndRestore_TakeTheRunsAlong()
    {
        var experiment = await _host.NewExperimentAsync();
        var run = await _host.NewRunAsync(experiment);
        var id = $$"""{"experiment_id":"{{experiment}}"}""";

        await _host.PostOkAsync("experiments/delete", id);
        Assert.Equal(
            "deleted",
            (await _host.GetOkAsync($"experiments/get?experiment_id={experiment}")).Text("experiment", "lifecycle_stage")
        );
        Assert.Equal("deleted", (await _host.GetOkAsync($"runs/get?run_id={run}")).Text("run", "info", "lifecycle_stage"));
        await _host.RefusedAsync(HttpMethod.Post, "experiments/delete", id, s_notFound, "No active Experiment");
        await _host.RefusedAsync(HttpMethod.Post, "runs/create", id, s_invalid, "must be in the 'active' state");
        await _host.RefusedAsync(HttpMethod.Post, "logged-models", id, s_invalid, "must be in the 'active' state");
        await _host.RefusedAsync(
            HttpMethod.Post,
            "experiments/set-experiment-tag",
            id.Insert(1, "\"key\":\"a\",\"value\":\"b\","),
            s_invalid,
            "must be in the 'active' state"
        );
        await _host.RefusedAsync(
            HttpMethod.Post,
            "experiments/update",
            id.Insert(1, "\"new_name\":\"x\","),
            s_invalid,
            "Cannot rename a non-active experiment."
        );

        await _host.PostOkAsync("experiments/restore", id);
        Assert.Equal("active", (await _host.GetOkAsync($"runs/get?run_id={run}")).Text("run", "info", "lifecycle_stage"));
        await _host.RefusedAsync(HttpMethod.Post, "experiments/restore", id, s_notFound, "No deleted Experiment");
    }

    [Fact]
    public async Task Search_PagesAndOrders_AreAsMlflows()
    {
        var prefix = Guid.NewGuid().ToString("N");
        foreach (var name in (string[])["a", "ab", "Abc"])
        {
            await _host.PostOkAsync("experiments/create", $$"""{"name":"{{prefix}}{{name}}","tags":[{"key":"k","value":"{{name}}"}]}""");
        }

        Assert.Equal("ab a Abc", await NamesAsync("name DESC", ""));
        Assert.Equal("a ab", await NamesAsync("creation_time ASC", " AND tag.k ILIKE 'A%' AND tags.k != 'Abc'"));
        Assert.Equal("Abc", await NamesAsync("experiment_id DESC", " AND tag.k = 'Abc' AND creation_time > 0"));

        var first = await _host.PostOkAsync("experiments/search", """{"max_results":2,"order_by":["name"]}""");
        var token = Uri.EscapeDataString(first.Text("next_page_token"));
        var rest = await _host.GetOkAsync($"experiments/search?max_results=1000&order_by=name&page_token={token}");
        var names = first.List("experiments").Concat(rest.List("experiments")).Select(e => e.Text("name")).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(names.Count, names.Distinct().Count());

        async Task<string> NamesAsync(string order, string more)
        {
            var found = await _host.PostOkAsync(
                "experiments/search",
                $$"""{"max_results":100,"filter":"name LIKE '{{prefix}}%'{{more}}","order_by":["{{order}}"]}"""
            );
            return string.Join(' ', found.List("experiments").Select(e => e.Text("name")[prefix.Length..]));
        }
    }

    [Theory]
    [InlineData("""{"name":123}""", "Invalid value 123 for parameter 'name'")]
    [InlineData("""{"name":"x","artifact_location":9.0}""", "Invalid value 9.0 for parameter 'artifact_location'")]
    [InlineData("""{"name":"x","tags":"5"}""", "Invalid value \"5\" for parameter 'tags'")]
    [InlineData("""{"name":"LONG"}""", "Experiment name exceeds the maximum length of 500 characters")]
    public Task Create_Wrong_IsRefused(string json, string words) =>
        _host.RefusedAsync(
            HttpMethod.Post,
            "experiments/create",
            json.Replace("LONG", new string('x', 501), StringComparison.Ordinal),
            s_invalid,
            words
        );

    [Fact]
    public async Task Refusal_OnTheWire_HoldsQuotesAsTheyAre()
    {
        using var body = new StringContent("""{"name":"x","tags":"5"}""", System.Text.Encoding.UTF8, "application/json");
        using var response = await _host.Http.PostAsync(new Uri("api/2.0/mlflow/experiments/create", UriKind.Relative), body);

        Assert.Contains(
            "Invalid value \\\"5\\\" for parameter 'tags'",
            await response.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("api")]
    [InlineData("ajax-api")]
    public async Task ServerInfo_UnderBothPrefixes_TellsTheStore(string root) =>
        Assert.Equal(
            """{"store_type":"SqlStore","workspaces_enabled":false}""",
            await _host.Http.GetStringAsync(new Uri($"{root}/3.0/mlflow/server-info", UriKind.Relative))
        );
}
