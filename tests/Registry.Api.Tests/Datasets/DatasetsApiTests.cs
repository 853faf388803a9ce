using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Datasets;

public sealed class DatasetsApiTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task LogInputs_Again_ChangesNeitherDatasetNorTags()
    {
        var experiment = await _host.NewExperimentAsync();
        var run = await _host.NewRunAsync(experiment);
        await LogAsync(run, "name1", "d1", "train", more: ",\"schema\":\"s\",\"profile\":\"p\"");
        await LogAsync(run, "name1", "d1", "other", source: "elsewhere");
        await LogAsync(run, "name1", "d2", "test");

        var inputs = (await _host.GetOkAsync($"runs/get?run_id={run}")).List("run", "inputs", "dataset_inputs").ToList();

        Assert.Equal(2, inputs.Count);
        Assert.Equal(
            ("name1", "d1", "local", "source", "s", "p"),
            (
                inputs[0].Text("dataset", "name"),
                inputs[0].Text("dataset", "digest"),
                inputs[0].Text("dataset", "source_type"),
                inputs[0].Text("dataset", "source"),
                inputs[0].Text("dataset", "schema"),
                inputs[0].Text("dataset", "profile")
            )
        );
        Assert.Equal("train", Assert.Single(inputs[0].List("tags")).Text("value"));
        Assert.Equal("d2", inputs[1].Text("dataset", "digest"));
        Assert.Null(inputs[1]["dataset"]!["schema"]);
    }

    [Fact]
    public async Task LogInputs_OfTwoRuns_ShareTheDataset()
    {
        var experiment = await _host.NewExperimentAsync();
        var (a, b) = (await _host.NewRunAsync(experiment), await _host.NewRunAsync(experiment));
        await LogAsync(a, "shared", "1", "train");
        await LogAsync(b, "shared", "1", "eval");

        var api = await _host.PostOkAsync("experiments/search-datasets", $$"""{"experiment_ids":["{{experiment}}"]}""");

        Assert.Equal(
            [("shared", "1", "eval"), ("shared", "1", "train")],
            api.List("dataset_summaries").Select(s => (s.Text("name"), s.Text("digest"), s.Text("context")))
        );
        Assert.Equal("eval", Context(await _host.GetOkAsync($"runs/get?run_id={b}")));
    }

    [Theory]
    [InlineData("/api/2.0mlflow/experiments/search-datasets")]
    [InlineData("/ajax-api/2.0/mlflow/experiments/search-datasets")]
    public async Task SearchDatasets_AtEveryPath_Answers(string path)
    {
        using var body = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var response = await _host.Http.PostAsync(new Uri(path, UriKind.Relative), body);

        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("SearchDatasets request must specify at least one experiment_id.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_InAndOut_AreShownWithTheRun()
    {
        var run = await _host.NewRunAsync();

        await _host.PostOkAsync("runs/log-inputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"m-1"}]}""");
        await _host.PostOkAsync("runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"m-3","step":7},{"model_id":"m-2"}]}""");

        var read = (await _host.GetOkAsync($"runs/get?run_id={run}"))["run"]!;
        Assert.Equal("m-1", Assert.Single(read.List("inputs", "model_inputs")).Text("model_id"));
        Assert.Equal([("m-2", 0), ("m-3", 7)], read.List("outputs", "model_outputs").Select(o => (o.Text("model_id"), (int)o["step"]!)));
    }

    [Theory]
    [InlineData("runs/log-inputs", """{"datasets":[]}""", 400, "Missing value for required parameter 'run_id'")]
    [InlineData("runs/log-inputs", """{"run_id":"RUN"}""", 400, "Missing value for required parameter 'datasets'")]
    [InlineData("runs/log-inputs", """{"run_id":"RUN","datasets":"x"}""", 400, "for parameter 'datasets' supplied")]
    [InlineData("runs/log-inputs", """{"run_id":"RUN","datasets":[{}]}""", 400, "'datasets[0].dataset'")]
    [InlineData(
        "runs/log-inputs",
        """{"run_id":"RUN","datasets":[{"dataset":{"name":"n","digest":"d","source_type":"t"}}]}""",
        400,
        "'datasets[0].dataset.source'"
    )]
    [InlineData(
        "runs/log-inputs",
        """{"run_id":"RUN","datasets":[{"dataset":{"name":"n","digest":"1234567890123456789012345678901234567","source_type":"t","source":"s"}}]}""",
        400,
        "exceeds the maximum length of 36"
    )]
    [InlineData("runs/log-inputs", """{"run_id":"00000000000000000000000000000000","models":[{"model_id":"m"}]}""", 404, "not found")]
    [InlineData("runs/outputs", """{"run_id":"RUN"}""", 400, "Missing value for required parameter 'models'")]
    [InlineData("runs/outputs", """{"run_id":"RUN","models":[{}]}""", 400, "'models[0].model_id'")]
    [InlineData("runs/outputs", """{"run_id":"00000000000000000000000000000000","models":[{"model_id":"m"}]}""", 404, "not found")]
    [InlineData(
        "experiments/search-datasets",
        """{"experiment_ids":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21"]}""",
        400,
        "SearchDatasets request cannot specify more than 20"
    )]
    public async Task Request_Wrong_IsRefused(string route, string json, int status, string words)
    {
        var run = json.Contains("RUN", StringComparison.Ordinal) ? await _host.NewRunAsync() : "";

        await _host.RefusedAsync(
            HttpMethod.Post,
            route,
            json.Replace("RUN", run, StringComparison.Ordinal),
            (status, status == 404 ? "RESOURCE_DOES_NOT_EXIST" : "INVALID_PARAMETER_VALUE"),
            words
        );
    }

    private static string Context(JsonObject run) =>
        Assert.Single(Assert.Single(run.List("run", "inputs", "dataset_inputs")).List("tags")).Text("value");

    private Task<JsonObject> LogAsync(string run, string name, string digest, string context, string source = "source", string more = "") =>
        _host.PostOkAsync(
            "runs/log-inputs",
            $$$"""{"run_id":"{{{run}}}","datasets":[{"tags":[{"key":"mlflow.data.context","value":"{{{context}}}"}],"dataset":{"name":"{{{name}}}","digest":"{{{digest}}}","source_type":"local","source":"{{{source}}}"{{{more}}} }}]}"""
        );
}
