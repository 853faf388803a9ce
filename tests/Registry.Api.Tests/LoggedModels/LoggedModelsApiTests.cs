using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.LoggedModels;

public sealed class LoggedModelsApiTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private static readonly (int, string) s_notFound = (404, "RESOURCE_DOES_NOT_EXIST");
    private static readonly (int, string) s_invalid = (400, "INVALID_PARAMETER_VALUE");
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Model_FromCreationToDeletion_IsAsTheClientExpects()
    {
        var experiment = await _host.NewExperimentAsync();
        var run = await _host.NewRunAsync(experiment);
        var created = await _host.PostOkAsync(
            "logged-models",
            $$"""{"experiment_id":"{{experiment}}","name":"clf","model_type":"Agent","source_run_id":"{{run}}","params":[{"key":"lr","value":"0.1"}],"tags":[{"key":"a","value":"1"}]}"""
        );
        var id = created.Text("model", "info", "model_id");

        Assert.Matches("^m-[0-9a-f]{32}$", id);
        Assert.Equal(
            ("clf", "Agent", run, "LOGGED_MODEL_PENDING", $"mlflow-artifacts:/{experiment}/models/{id}/artifacts"),
            (
                created.Text("model", "info", "name"),
                created.Text("model", "info", "model_type"),
                created.Text("model", "info", "source_run_id"),
                created.Text("model", "info", "status"),
                created.Text("model", "info", "artifact_uri")
            )
        );
        var ready = await _host.OkAsync(
            HttpMethod.Patch,
            $"logged-models/{id}",
            $$"""{"model_id":"{{id}}","status":"LOGGED_MODEL_READY"}"""
        );
        Assert.Equal("LOGGED_MODEL_READY", ready.Text("model", "info", "status"));
        var failed = await _host.OkAsync(HttpMethod.Patch, $"logged-models/{id}", """{"status":3}""");
        Assert.Equal("LOGGED_MODEL_UPLOAD_FAILED", failed.Text("model", "info", "status"));

        var tagged = await _host.OkAsync(
            HttpMethod.Patch,
            $"logged-models/{id}/tags",
            """{"tags":[{"key":"a","value":"2"},{"key":"b/c","value":"3"}]}"""
        );
        Assert.Equal("a=2 b/c=3", Pairs(tagged.List("model", "info", "tags")));
        await _host.OkAsync(HttpMethod.Delete, $"logged-models/{id}/tags/b%2Fc", """{"model_id":"x","tag_key":"b/c"}""");
        await _host.RefusedAsync(HttpMethod.Delete, $"logged-models/{id}/tags/b%2Fc", "{}", s_notFound, "No tag with key 'b/c'");

        await _host.PostOkAsync($"logged-models/{id}/params", """{"params":[{"key":"depth","value":"3"},{"key":"lr","value":"0.1"}]}""");
        var read = await _host.GetOkAsync($"logged-models/{id}");
        Assert.Equal("depth=3 lr=0.1", Pairs(read.List("model", "data", "params")));

        Assert.Empty(await _host.OkAsync(HttpMethod.Delete, $"logged-models/{id}"));
        await _host.RefusedAsync(HttpMethod.Get, $"logged-models/{id}", null, s_notFound, "not found");
        Assert.Equal(id, (await _host.GetOkAsync($"logged-models/{id}?allow_deleted=true")).Text("model", "info", "model_id"));
        Assert.Empty(await _host.PostOkAsync("logged-models/search", $$"""{"experiment_ids":["{{experiment}}"]}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("my/model")]
    [InlineData("my.model")]
    [InlineData("my:model")]
    [InlineData("my%model")]
    [InlineData("my'model")]
    [InlineData("my\\\"model")]
    public Task Create_WrongName_IsRefused(string name) =>
        _host.RefusedAsync(
            HttpMethod.Post,
            "logged-models",
            $$"""{"experiment_id":"0","name":"{{name}}"}""",
            s_invalid,
            "Invalid model name"
        );

    [Theory]
    [InlineData("POST", "logged-models", "{}", 400, "Missing value for required parameter 'experiment_id'")]
    [InlineData("POST", "logged-models", """{"experiment_id":"99999"}""", 404, "No Experiment with id=99999 exists")]
    [InlineData(
        "POST",
        "logged-models",
        """{"experiment_id":"0","params":[{"key":"a","value":"1"},{"key":"a","value":"2"}]}""",
        400,
        "Duplicate parameter keys"
    )]
    [InlineData("GET", "logged-models/none", null, 404, "not found")]
    [InlineData("PATCH", "logged-models/none", """{"status":"LOGGED_MODEL_READY"}""", 404, "not found")]
    [InlineData("PATCH", "logged-models/none", """{"status":"WRONG"}""", 400, "Invalid logged model status 'WRONG'")]
    [InlineData("PATCH", "logged-models/none", "{}", 400, "Missing value for required parameter 'status'")]
    [InlineData("PATCH", "logged-models/none/tags", """{"tags":[{"key":"a","value":"1"}]}""", 404, "not found")]
    [InlineData("DELETE", "logged-models/none", null, 404, "not found")]
    [InlineData("DELETE", "logged-models/none/tags/a", null, 404, "not found")]
    [InlineData("POST", "logged-models/none/params", """{"params":[{"key":"a","value":"1"}]}""", 404, "not found")]
    [InlineData("GET", "logged-models/none/artifacts/directories", null, 404, "not found")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["abc"]}""", 400, "abc")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"filter":"Foo"}""", 400, "Invalid filter string")]
    [InlineData(
        "POST",
        "logged-models/search",
        """{"experiment_ids":["0"],"filter":"name = 'a' OR name = 'b'"}""",
        400,
        "Invalid filter string"
    )]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"filter":"foo.bar = 'a'"}""", 400, "Invalid entity type")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"filter":"name > 'a'"}""", 400, "Invalid comparison operator")]
    [InlineData(
        "POST",
        "logged-models/search",
        """{"experiment_ids":["0"],"filter":"metrics.a LIKE 0"}""",
        400,
        "Invalid comparison operator"
    )]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"filter":"colour = 'a'"}""", 400, "Invalid attribute key")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"order_by":[{"field_name":"x"}]}""", 400, "order by field name")]
    [InlineData(
        "POST",
        "logged-models/search",
        """{"experiment_ids":["0"],"order_by":[{"field_name":"params.x"}]}""",
        400,
        "Only metrics are supported"
    )]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"order_by":[{}]}""", 400, "`field_name`")]
    [InlineData(
        "POST",
        "logged-models/search",
        """{"experiment_ids":["0"],"order_by":[{"field_name":"name"},{"field_name":"name"}]}""",
        400,
        "duplicate"
    )]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"datasets":[{}]}""", 400, "`dataset_name`")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"page_token":"bm90IGpzb24="}""", 400, "page token")]
    public async Task Request_Wrong_IsRefused(string method, string route, string? json, int status, string words) =>
        await _host.RefusedAsync(new HttpMethod(method), route, json, status == 404 ? s_notFound : s_invalid, words);

    [Fact]
    public async Task LogBatch_WithModelId_AttachesToModelAndRepeatsSilently()
    {
        var experiment = await _host.NewExperimentAsync();
        var (run, model) = (await _host.NewRunAsync(experiment), await NewModelAsync(experiment));
        await _host.PostOkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"loss","value":"NaN","timestamp":1,"step":1}""");

        // What MLflow 3's log_model does: the run's metrics again, now with the model's id.
        var batch =
            $$"""{"run_id":"{{run}}","metrics":[{"key":"loss","value":"NaN","timestamp":1,"step":1,"model_id":"{{model}}","dataset_name":"d","dataset_digest":"1"}]}""";
        await _host.PostOkAsync("runs/log-batch", batch);
        await _host.PostOkAsync("runs/log-batch", batch);

        var read = await _host.GetOkAsync($"logged-models/{model}");
        var metric = Assert.Single(read.List("model", "data", "metrics"));
        Assert.Equal(
            ("loss", "NaN", run, model, "d", "1"),
            (
                metric.Text("key"),
                metric.Text("value"),
                metric.Text("run_id"),
                metric.Text("model_id"),
                metric.Text("dataset_name"),
                metric.Text("dataset_digest")
            )
        );
        Assert.Single((await _host.GetOkAsync($"metrics/get-history?run_id={run}&metric_key=loss")).List("metrics"));
    }

    [Fact]
    public async Task LogMetric_UnknownModel_IsRefusedAndNothingIsWritten()
    {
        var run = await _host.NewRunAsync();

        await _host.RefusedAsync(
            HttpMethod.Post,
            "runs/log-metric",
            $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1,"model_id":"m-none"}""",
            s_notFound,
            "Logged model with ID 'm-none' not found"
        );

        Assert.Empty(await _host.GetOkAsync($"metrics/get-history?run_id={run}&metric_key=m"));
    }

    [Fact]
    public async Task Artifacts_OfModel_AreListedRelativeToIt()
    {
        var model = await NewModelAsync("0");
        var root = (await _host.GetOkAsync($"logged-models/{model}")).Text("model", "info", "artifact_uri")["mlflow-artifacts:/".Length..];
        await _host.PutArtifactAsync($"{root}/MLmodel", [1, 2]);
        await _host.PutArtifactAsync($"{root}/data/weights", [1]);

        var top = await _host.GetOkAsync($"logged-models/{model}/artifacts/directories");
        var below = await _host.GetOkAsync($"logged-models/{model}/artifacts/directories?artifact_directory_path=data");

        Assert.Equal("mlflow-artifacts:/" + root, top.Text("root_uri"));
        Assert.Equal(["MLmodel", "data"], top.List("files").Select(f => f.Text("path")));
        Assert.Equal(["data/weights"], below.List("files").Select(f => f.Text("path")));
        await _host.RefusedAsync(
            HttpMethod.Get,
            $"logged-models/{model}/artifacts/directories?artifact_directory_path=../x",
            null,
            s_invalid,
            "Invalid path"
        );
    }

    private async Task<string> NewModelAsync(string experiment) =>
        (await _host.PostOkAsync("logged-models", $$"""{"experiment_id":"{{experiment}}"}""")).Text("model", "info", "model_id");

    private static string Pairs(IEnumerable<JsonNode> pairs) => string.Join(' ', pairs.Select(p => $"{p["key"]}={p["value"]}"));
}
