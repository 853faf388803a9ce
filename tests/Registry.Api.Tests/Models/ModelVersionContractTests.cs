using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Models;

/// <summary>What MLflow's own suites ask of model versions, their sources and stages.</summary>
public sealed class ModelVersionContractTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private const string LocalPath = "To use a local path as a model version";
    private const string Relative = "If supplying a source as an http, https,";
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("mlflow-artifacts:/models")]
    [InlineData("mlflow-artifacts:/models/")]
    [InlineData("mlflow-artifacts:/models///")]
    [InlineData("mlflow-artifacts:/models/foo///bar")]
    [InlineData("mlflow-artifacts://host:9000/models")]
    [InlineData("mlflow-artifacts://host:9000/models/artifact/..../")]
    [InlineData("runs:/run_id/model")]
    [InlineData("s3://bucket/path/to/model")]
    [InlineData("dbfs:/path/model")]
    [InlineData("http://host:9000/models")]
    public async Task Create_AnySchemeWithAnAbsolutePath_IsKeptAsText(string source)
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("sources");

        var (status, body) = await CreateAsync("sources", source);

        Assert.Equal(200, status);
        var version = body["model_version"]!;
        Assert.Equal(
            (source, "READY", "None"),
            ((string?)version["source"], (string?)version["status"], (string?)version["current_stage"])
        );
        var (_, uri) = await _host.GetAsync($"model-versions/get-download-uri?name=sources&version={version["version"]}");
        Assert.Equal(source, (string?)uri["artifact_uri"]);
    }

    [Theory]
    [InlineData("/tmp", LocalPath)]
    [InlineData("file:///tmp", LocalPath)]
    [InlineData("file://123.456.789.123/path", LocalPath)]
    [InlineData("relative/path", LocalPath)]
    [InlineData(@"C:\models", LocalPath)]
    [InlineData("mlflow-artifacts://host:9000/models/../../../", Relative)]
    [InlineData("http://host:9000/models/../../../", Relative)]
    [InlineData("s3a://my_bucket/api/2.0/mlflow-artifacts/artifacts/../../../", Relative)]
    [InlineData("ftp://host:8888/api/2.0/mlflow-artifacts/artifacts/../../../", Relative)]
    [InlineData("mlflow-artifacts://host:9000/models/..%2f..%2fartifacts", Relative)]
    [InlineData("mlflow-artifacts://host:9000/models/%252e%252e%252fartifacts", Relative)]
    [InlineData("mlflow-artifacts://host:9000/models/artifact%00", Relative)]
    [InlineData("dbfs:/1/artifacts/a%3f/../../../../", "Invalid model version source")]
    [InlineData("s3://bucket/..%5c..%5cx", Relative)]
    [InlineData("models:/nothing", "Invalid model version source")]
    [InlineData("models:/nothing/x", "Parameter 'version' must be an integer")]
    [InlineData("runs:/", "Invalid model version source")]
    [InlineData("", "Missing value for required parameter 'source'")]
    public async Task Create_SourceThatLeadsElsewhere_IsRefused(string source, string words)
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("refused");

        var (status, body) = await CreateAsync("refused", source);

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        Assert.Contains(words, (string?)body["message"], StringComparison.Ordinal);
        Assert.Null((await _host.GetAsync("registered-models/get?name=refused")).Body["registered_model"]!["latest_versions"]);
    }

    [Fact]
    public async Task Create_CopyOfACopy_HasTheFirstOnesFilesAndAddress()
    {
        await _host.RegisterAsync("copied", Files.Good);
        var source = (await _host.Mlflow.GetModelVersionAsync("copied", "1")).Source;
        await _host.Mlflow.SetAliasAsync("copied", "best", "1");
        foreach (var from in new[] { "models:/copied/1", "models:/copied/2", "models:/copied@best" })
        {
            Assert.Equal(200, (await CreateAsync("copied", from)).Status);
        }

        for (var version = 2; version <= 4; version++)
        {
            var (_, uri) = await _host.GetAsync($"model-versions/get-download-uri?name=copied&version={version}");
            Assert.Equal(source, (string?)uri["artifact_uri"]);
            var vetted = await _host.VettedAsync("copied", version);
            Assert.Equal("passed", vetted.VettingStatus);
        }
        Assert.Equal(404, (await CreateAsync("copied", "models:/copied/99")).Status);
        Assert.Equal(404, (await CreateAsync("copied", "models:/copied@none")).Status);
    }

    [Fact]
    public async Task Create_RunOfThisRegistry_HasItsFiles()
    {
        var (run, _) = await _host.RegisterAsync("by run", Files.Good);

        var (_, body) = await CreateAsync("by run", $"runs:/{run}/model");

        Assert.Equal("2", (string?)body["model_version"]!["version"]);
        Assert.Equal("passed", (await _host.VettedAsync("by run", 2)).VettingStatus);
    }

    [Fact]
    public async Task Create_LoggedModel_HasItsFilesAndRunAndIsListedThere()
    {
        var run = await _host.Mlflow.CreateRunAsync("0", "logs a model");
        var (_, logged) = await _host.PostAsync(
            "logged-models",
            $$"""{"experiment_id":"0","name":"net","source_run_id":"{{run.Info.RunId}}"}"""
        );
        var info = logged["model"]!["info"]!;
        var id = (string)info["model_id"]!;
        using (var file = new MemoryStream(Files.Good["model.onnx"]))
        {
            await _host.Mlflow.UploadArtifactAsync((string)info["artifact_uri"]!, "model.onnx", file);
        }
        await _host.Mlflow.EnsureRegisteredModelAsync("logged");

        var (status, created) = await _host.PostAsync(
            "model-versions/create",
            $$"""{"name":"logged","source":"models:/{{id}}","model_id":"{{id}}"}"""
        );
        var (_, second) = await _host.PostAsync(
            "model-versions/create",
            $$"""{"name":"logged","source":"{{info["artifact_uri"]}}","model_id":"{{id}}"}"""
        );

        Assert.Equal(200, status);
        var version = created["model_version"]!;
        Assert.Equal((id, run.Info.RunId), ((string?)version["model_id"], (string?)version["run_id"]));
        Assert.Equal("2", (string?)second["model_version"]!["version"]);
        var (_, uri) = await _host.GetAsync("model-versions/get-download-uri?name=logged&version=1");
        Assert.Equal((string?)info["artifact_uri"], (string?)uri["artifact_uri"]);
        Assert.Equal("passed", (await _host.VettedAsync("logged", 1)).VettingStatus);
        var (_, after) = await _host.GetAsync($"logged-models/{id}");
        var tag = after["model"]!["info"]!["tags"]!.AsArray().Single(t => (string?)t!["key"] == "mlflow.modelVersions");
        Assert.Equal("""[{"name": "logged", "version": 1}, {"name": "logged", "version": 2}]""", (string?)tag!["value"]);
        Assert.Equal(404, (await CreateAsync("logged", "models:/m-00000000000000000000000000000000")).Status);
    }

    [Fact]
    public async Task Create_SourceElsewhere_IsNeverServable()
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("elsewhere");
        await CreateAsync("elsewhere", "s3://bucket/model");

        var version = await _host.VettedAsync("elsewhere", 1);

        Assert.Equal(("failed", "no_files"), (version.VettingStatus, Assert.Single(version.Vetting!.Problems).Code));
    }

    [Fact]
    public async Task Delete_Version_IsGoneForEveryRouteAndItsNumberStaysBurnt()
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("gone");
        for (var i = 0; i < 3; i++)
        {
            await CreateAsync("gone", "runs:/r/m");
        }
        await _host.Mlflow.SetAliasAsync("gone", "last", "3");

        Assert.Equal(200, (await DeleteAsync("3")).Status);

        const string Text = "Model Version (name=gone, version=3) not found";
        foreach (
            var answer in new[]
            {
                await DeleteAsync("3"),
                await _host.GetAsync("model-versions/get?name=gone&version=3"),
                await _host.GetAsync("model-versions/get-download-uri?name=gone&version=3"),
                await _host.SendAsync(HttpMethod.Patch, "model-versions/update", """{"name":"gone","version":"3","description":"d"}"""),
                await _host.PostAsync("model-versions/transition-stage", """{"name":"gone","version":"3","stage":"Staging"}"""),
                await _host.PostAsync("model-versions/set-tag", """{"name":"gone","version":"3","key":"k","value":"v"}"""),
                await _host.SendAsync(HttpMethod.Delete, "model-versions/delete-tag", """{"name":"gone","version":"3","key":"k"}"""),
                await _host.PostAsync("registered-models/alias", """{"name":"gone","alias":"a","version":"3"}"""),
            }
        )
        {
            Assert.Equal((404, Text), (answer.Status, (string?)answer.Body["message"]));
        }
        var alias = await _host.GetAsync("registered-models/alias?name=gone&alias=last");
        Assert.Equal((400, "Registered model alias last not found."), (alias.Status, (string?)alias.Body["message"]));
        var latest = await _host.GetAsync("registered-models/alias?name=gone&alias=latest");
        Assert.Equal("2", (string?)latest.Body["model_version"]!["version"]);
        Assert.Equal("4", (string?)(await CreateAsync("gone", "runs:/r/m")).Body["model_version"]!["version"]);

        Task<(int Status, JsonObject Body)> DeleteAsync(string version) =>
            _host.SendAsync(HttpMethod.Delete, "model-versions/delete", $$"""{"name":"gone","version":"{{version}}"}""");
    }

    [Fact]
    public async Task Transition_Stages_LeaveTheNewestOfEachAndTouchTheModel()
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("stages");
        for (var i = 0; i < 4; i++)
        {
            await CreateAsync("stages", "runs:/r/m");
        }
        var before = await UpdatedAsync();
        await MoveAsync("2", "Production");
        await MoveAsync("3", "pROduction");
        await MoveAsync("4", "staging");

        Assert.True(await UpdatedAsync() >= before);
        Assert.Equal("Production:3 None:1 Staging:4", await LatestAsync(""));
        Assert.Equal("Production:3 None:1", await LatestAsync("&stages=production&stages=None"));

        await MoveAsync("4", "Production", archive: true);
        Assert.Equal("Archived:3 Production:4 None:1", await LatestAsync(""));
        var archived = (await _host.GetAsync("model-versions/get?name=stages&version=3")).Body["model_version"]!;
        var moved = (await _host.GetAsync("model-versions/get?name=stages&version=4")).Body["model_version"]!;
        Assert.Equal((long)archived["last_updated_timestamp"]!, (long)moved["last_updated_timestamp"]!);
        foreach (var stage in new[] { "None", "Archived" })
        {
            var refused = await _host.PostAsync(
                "model-versions/transition-stage",
                $$"""{"name":"stages","version":"1","stage":"{{stage}}","archive_existing_versions":true}"""
            );
            Assert.Equal(400, refused.Status);
            Assert.Contains($"because '{stage}' is not an Active stage", (string?)refused.Body["message"], StringComparison.Ordinal);
        }

        async Task MoveAsync(string version, string stage, bool archive = false) =>
            Assert.Equal(
                200,
                (
                    await _host.PostAsync(
                        "model-versions/transition-stage",
                        $$"""{"name":"stages","version":"{{version}}","stage":"{{stage}}","archive_existing_versions":{{(archive ? "true" : "false")}}}"""
                    )
                ).Status
            );

        async Task<long> UpdatedAsync() =>
            (long)(await _host.GetAsync("registered-models/get?name=stages")).Body["registered_model"]!["last_updated_timestamp"]!;

        async Task<string> LatestAsync(string stages)
        {
            var (_, body) = await _host.GetAsync($"registered-models/get-latest-versions?name=stages{stages}");
            return string.Join(
                ' ',
                body["model_versions"]!
                    .AsArray()
                    .Select(v => $"{v!["current_stage"]}:{v["version"]}")
                    .OrderBy(text =>
                        text.StartsWith("None", StringComparison.Ordinal) ? 1
                        : text.StartsWith("Staging", StringComparison.Ordinal) ? 2
                        : 0
                    )
                    .ThenBy(text => text, StringComparer.Ordinal)
            );
        }
    }

    private Task<(int Status, JsonObject Body)> CreateAsync(string name, string source) =>
        _host.PostAsync(
            "model-versions/create",
            new JsonObject
            {
                ["name"] = name,
                ["source"] = source,
                ["run_id"] = "run_id_1",
            }.ToJsonString()
        );
}
