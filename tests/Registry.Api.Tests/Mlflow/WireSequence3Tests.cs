using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>What MLflow's client 3.11 sends for <c>mlflow.onnx.log_model(..., registered_model_name=)</c> and for loading the model, call by call.</summary>
public sealed class WireSequence3Tests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task LogModel_CallsOfClient311_AreAnswered()
    {
        Assert.Equal(404, (await _host.GetAsync("experiments/get-by-name?experiment_name=three")).Status);
        var experiment = (string)(await OkAsync("POST", "experiments/create", """{"name":"three"}"""))["experiment_id"]!;
        var created = await OkAsync(
            "POST",
            "runs/create",
            $$"""{"experiment_id":"{{experiment}}","user_id":"ada","start_time":1700000000000,"tags":[],"run_name":"first"}"""
        );
        var run = (string)created["run"]!["info"]!["run_id"]!;
        // A NaN in the run: MLflow's own 3.11 server cannot take it a second time.
        foreach (var (key, value) in new[] { ("acc", "0.5"), ("odd", "NaN") })
        {
            await OkAsync("POST", "runs/log-metric", $$"""{"run_id":"{{run}}","key":"{{key}}","value":{{value}},"timestamp":1,"step":0}""");
        }

        var logged = await OkAsync(
            "POST",
            "logged-models",
            $$"""{"experiment_id":"{{experiment}}","name":"model","source_run_id":"{{run}}","params":[],"tags":[{"key":"mlflow.user","value":"ada"}]}"""
        );
        var info = logged["model"]!["info"]!;
        var id = (string)info["model_id"]!;
        Assert.Matches("^m-[0-9a-f]{32}$", id);
        Assert.Equal("LOGGED_MODEL_PENDING", (string?)info["status"]);
        Assert.Equal($"mlflow-artifacts:/{experiment}/models/{id}/artifacts", (string?)info["artifact_uri"]);
        await OkAsync("POST", "runs/outputs", $$"""{"run_id":"{{run}}","models":[{"model_id":"{{id}}","step":0}]}""");
        var metrics = (await OkAsync("GET", $"runs/get?run_uuid={run}&run_id={run}"))["run"]!["data"]!["metrics"]!.AsArray();
        Assert.Equal(2, metrics.Count);
        foreach (var metric in metrics)
        {
            await OkAsync("GET", $"metrics/get-history?run_uuid={run}&run_id={run}&metric_key={metric!["key"]}&max_results=25000");
        }
        await OkAsync(
            "POST",
            "runs/log-batch",
            $$"""{"run_id":"{{run}}","metrics":[{"key":"acc","value":0.5,"timestamp":1,"step":0,"model_id":"{{id}}"},{"key":"odd","value":NaN,"timestamp":1,"step":0,"model_id":"{{id}}"}]}"""
        );
        await OkAsync("GET", $"logged-models/{id}");
        foreach (var file in new[] { "MLmodel", "model.onnx", "conda.yaml", "python_env.yaml", "requirements.txt" })
        {
            var content =
                file == "model.onnx"
                    ? Files.Good[file]
                    : System.Text.Encoding.UTF8.GetBytes(file == "MLmodel" ? "flavors: {onnx: {data: model.onnx}}" : "x");
            Assert.Equal(200, (await _host.PutArtifactAsync($"{experiment}/models/{id}/artifacts/{file}", content)).Status);
        }
        await OkAsync("PATCH", $"logged-models/{id}", $$"""{"model_id":"{{id}}","status":"LOGGED_MODEL_READY"}""");

        await OkAsync("POST", "registered-models/create", """{"name":"three"}""");
        var version = (
            await OkAsync("POST", "model-versions/create", $$"""{"name":"three","source":"models:/{{id}}","model_id":"{{id}}","tags":[]}""")
        )["model_version"]!;
        Assert.Equal(
            ("1", "READY", id, run),
            ((string?)version["version"], (string?)version["status"], (string?)version["model_id"], (string?)version["run_id"])
        );
        await OkAsync("GET", $"logged-models/{id}");
        await OkAsync(
            "PATCH",
            $"logged-models/{id}/tags",
            """{"tags":[{"key":"mlflow.modelVersions","value":"[{\"name\": \"three\", \"version\": \"1\"}]"}]}"""
        );
        await OkAsync(
            "POST",
            "runs/update",
            $$"""{"run_uuid":"{{run}}","run_id":"{{run}}","status":"FINISHED","end_time":1700000001000}"""
        );

        Assert.Equal("passed", (await _host.VettedAsync("three", 1)).VettingStatus);
        await OkAsync("POST", "registered-models/alias", """{"name":"three","alias":"best","version":"1"}""");
        await OkAsync("GET", "registered-models/get?name=three");
        Assert.Equal("1", (string?)(await OkAsync("GET", "registered-models/alias?name=three&alias=best"))["model_version"]!["version"]);
        var uri = (string)(await OkAsync("GET", "model-versions/get-download-uri?name=three&version=1"))["artifact_uri"]!;
        var listing = await OkAsync(
            "GET",
            $"../mlflow-artifacts/artifacts?path={Uri.EscapeDataString(uri["mlflow-artifacts:/".Length..])}"
        );
        Assert.Equal(5, listing["files"]!.AsArray().Count);
    }

    private async Task<JsonObject> OkAsync(string method, string route, string? body = null)
    {
        var (status, answer) = await _host.SendAsync(new HttpMethod(method), route, body);
        Assert.True(status == 200, $"{method} {route} {body} was answered with {status}: {answer.ToJsonString()}");
        return answer;
    }
}
