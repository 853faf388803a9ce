using System.Text;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>What MLflow's client 2.17 sends for <c>mlflow.onnx.log_model(..., registered_model_name=)</c> and for loading the model, call by call.</summary>
public sealed class WireSequenceTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task LogModel_CallsOfClient217_AreAnswered()
    {
        var (status, body) = await _host.GetAsync("experiments/get-by-name?experiment_name=bikes");
        Assert.Equal(404, status);
        Assert.Equal("RESOURCE_DOES_NOT_EXIST", (string?)body["error_code"]);

        (status, body) = await _host.PostAsync("experiments/create", """{"name":"bikes"}""");
        Assert.Equal(200, status);
        var experiment = (string)body["experiment_id"]!;

        (_, body) = await _host.GetAsync($"experiments/get?experiment_id={experiment}");
        Assert.Equal($"mlflow-artifacts:/{experiment}", (string?)body["experiment"]!["artifact_location"]);
        Assert.Equal("active", (string?)body["experiment"]!["lifecycle_stage"]);

        (_, body) = await _host.PostAsync(
            "runs/create",
            $$"""{"experiment_id":"{{experiment}}","user_id":"ada","start_time":1700000000000,"tags":[{"key":"mlflow.user","value":"ada"}],"run_name":"first"}"""
        );
        var info = body["run"]!["info"]!;
        var run = (string)info["run_id"]!;
        Assert.Matches("^[0-9a-f]{32}$", run);
        Assert.Equal(run, (string?)info["run_uuid"]);
        Assert.Equal(1_700_000_000_000, (long)info["start_time"]!);
        Assert.Equal($"mlflow-artifacts:/{experiment}/{run}/artifacts", (string?)info["artifact_uri"]);
        Assert.NotNull(body["run"]!["inputs"]);

        Assert.Equal(
            200,
            (await _host.PostAsync("runs/log-parameter", $$"""{"run_uuid":"{{run}}","run_id":"{{run}}","key":"lr","value":"0.1"}""")).Status
        );
        Assert.Equal(
            200,
            (
                await _host.PostAsync(
                    "runs/log-metric",
                    $$"""{"run_uuid":"{{run}}","run_id":"{{run}}","key":"mae","value":41.5,"timestamp":1700000000001,"step":"3"}"""
                )
            ).Status
        );
        Assert.Equal(
            200,
            (
                await _host.PostAsync(
                    "runs/log-batch",
                    $$"""{"run_id":"{{run}}","metrics":[{"key":"mae","value":40.5,"timestamp":1700000000002,"step":4}],"params":[{"key":"depth","value":"6"}],"tags":[{"key":"team","value":"bikes"}]}"""
                )
            ).Status
        );
        Assert.Equal(200, (await _host.PostAsync("runs/set-tag", $$"""{"run_id":"{{run}}","key":"note","value":"n"}""")).Status);

        (_, body) = await _host.GetAsync($"runs/get?run_uuid={run}&run_id={run}");
        var metric = Assert.Single(body["run"]!["data"]!["metrics"]!.AsArray())!;
        Assert.Equal(40.5, (double)metric["value"]!);
        Assert.Equal(4, (long)metric["step"]!);

        var files = new[]
        {
            "MLmodel",
            "model.onnx",
            "conda.yaml",
            "python_env.yaml",
            "requirements.txt",
            "input_example.json",
            "serving_input_example.json",
        };
        var uploads = files.Select(file => _host.PutArtifactAsync($"{experiment}/{run}/artifacts/model/{file}", Content(file, run)));
        Assert.All(await Task.WhenAll(uploads), answer => Assert.Equal((200, "{}"), answer));

        var modelJson =
            $$$"""{\"artifact_path\":\"model\",\"flavors\":{\"onnx\":{}},\"utc_time_created\":\"2026-01-01 00:00:00\",\"run_id\":\"{{{run}}}\"}""";
        Assert.Equal(200, (await _host.PostAsync("runs/log-model", $$"""{"run_id":"{{run}}","model_json":"{{modelJson}}"}""")).Status);

        Assert.Equal(200, (await _host.PostAsync("registered-models/create", """{"name":"bikes"}""")).Status);
        (status, body) = await _host.PostAsync("registered-models/create", """{"name":"bikes"}""");
        Assert.Equal((400, "RESOURCE_ALREADY_EXISTS"), (status, (string?)body["error_code"]));

        var source = $"mlflow-artifacts:/{experiment}/{run}/artifacts/model";
        (_, body) = await _host.PostAsync("model-versions/create", $$"""{"name":"bikes","source":"{{source}}","run_id":"{{run}}"}""");
        Assert.Equal("1", (string?)body["model_version"]!["version"]);
        Assert.Equal("READY", (string?)body["model_version"]!["status"]);

        (_, body) = await _host.PostAsync("runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED","end_time":1700000000009}""");
        Assert.Equal("FINISHED", (string?)body["run_info"]!["status"]);

        await LoadAsync(run, source);
    }

    private async Task LoadAsync(string run, string source)
    {
        Assert.Equal(
            200,
            (await _host.PostAsync("registered-models/alias", """{"name":"bikes","alias":"champion","version":"1"}""")).Status
        );
        var (_, body) = await _host.GetAsync("registered-models/alias?name=bikes&alias=champion");
        Assert.Equal(run, (string?)body["model_version"]!["run_id"]);
        Assert.Equal("champion", (string?)Assert.Single(body["model_version"]!["aliases"]!.AsArray()));

        (_, body) = await _host.GetAsync("model-versions/get-download-uri?name=bikes&version=1");
        Assert.Equal(source, (string?)body["artifact_uri"]);

        var folder = source["mlflow-artifacts:/".Length..];
        var listing = await _host.Http.GetStringAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts?path={folder}", UriKind.Relative));
        Assert.Contains("""{"path":"MLmodel","is_dir":false,"file_size":""", listing, StringComparison.Ordinal);

        using var response = await _host.Http.GetAsync(
            new Uri($"api/2.0/mlflow-artifacts/artifacts/{folder}/requirements.txt", UriKind.Relative)
        );
        Assert.Equal("requirements.txt", await response.Content.ReadAsStringAsync());
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));

        (_, body) = await _host.GetAsync($"artifacts/list?run_id={run}&path=model");
        Assert.Equal(7, body["files"]!.AsArray().Count);
        Assert.Equal("model/MLmodel", (string?)body["files"]![0]!["path"]);
    }

    private static byte[] Content(string file, string run) =>
        file switch
        {
            "model.onnx" => OnnxFile.Identity(),
            "MLmodel" => Encoding.UTF8.GetBytes($"artifact_path: model\nflavors:\n  onnx:\n    data: model.onnx\nrun_id: {run}\n"),
            "input_example.json" => "[[1.0, 2.0]]"u8.ToArray(),
            _ => Encoding.UTF8.GetBytes(file),
        };
}
