using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Models;

/// <summary>MLflow's registered models, versions, aliases, tags and stages.</summary>
public sealed class RegistryApiTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Version_Deleted_NumberIsNotUsedAgainAndAliasesGo()
    {
        await _host.RegisterAsync("numbers", Files.Good);
        await _host.RegisterAsync("numbers", Files.Good);
        await _host.Mlflow.SetAliasAsync("numbers", "last", "2");

        Assert.Equal(
            200,
            (await _host.SendAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"numbers","version":"2"}""")).Status
        );

        Assert.Null(await _host.Mlflow.GetVersionByAliasAsync("numbers", "last"));
        var (_, version) = await _host.RegisterAsync("numbers", Files.Good);
        Assert.Equal(3, version);
    }

    [Fact]
    public async Task Versions_CreatedAtOnce_HaveDifferentNumbers()
    {
        var versions = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.RegisterAsync("rush", Files.One("readme", [1]))));

        Assert.Equal(Enumerable.Range(1, 20), versions.Select(v => v.Version).Order());
    }

    [Fact]
    public async Task Alias_UnknownReservedAndLatest_AreAsMlflowSays()
    {
        await _host.RegisterAsync("aliases", Files.One("readme", [1]));
        await _host.RegisterAsync("aliases", Files.One("readme", [1]));

        var unknown = await _host.GetAsync("registered-models/alias?name=aliases&alias=none");
        var latest = await _host.GetAsync("registered-models/alias?name=aliases&alias=latest");
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (unknown.Status, (string?)unknown.Body["error_code"]));
        Assert.Equal("2", (string?)latest.Body["model_version"]!["version"]);
        foreach (var alias in new[] { "latest", "Latest", "v1", "V22", "a b", "a/b" })
        {
            Assert.Equal(
                400,
                (await _host.PostAsync("registered-models/alias", $$"""{"name":"aliases","alias":"{{alias}}","version":"1"}""")).Status
            );
        }
        Assert.Equal(404, (await _host.PostAsync("registered-models/alias", """{"name":"aliases","alias":"a","version":"9"}""")).Status);
        Assert.Equal(
            200,
            (await _host.SendAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"aliases","alias":"never"}""")).Status
        );
        Assert.Equal(404, (await _host.SendAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"none","alias":"a"}""")).Status);
    }

    [Fact]
    public async Task Model_RenameTagsSearchAndDelete_Work()
    {
        await _host.RegisterAsync("old name", Files.One("readme", [1]));
        await _host.Mlflow.EnsureRegisteredModelAsync("other name");
        Assert.Equal(200, (await _host.PostAsync("registered-models/set-tag", """{"name":"old name","key":"team","value":"a"}""")).Status);
        Assert.Equal(
            200,
            (await _host.PostAsync("model-versions/set-tag", """{"name":"old name","version":"1","key":"k","value":"v"}""")).Status
        );
        Assert.Equal(
            200,
            (await _host.SendAsync(HttpMethod.Patch, "registered-models/update", """{"name":"old name","description":"text"}""")).Status
        );

        var taken = await _host.PostAsync("registered-models/rename", """{"name":"old name","new_name":"other name"}""");
        Assert.Equal((400, "RESOURCE_ALREADY_EXISTS"), (taken.Status, (string?)taken.Body["error_code"]));
        Assert.Equal(200, (await _host.PostAsync("registered-models/rename", """{"name":"old name","new_name":"new name"}""")).Status);

        var (_, found) = await _host.GetAsync("registered-models/search?filter=tags.team%20%3D%20%27a%27");
        var model = Assert.Single(found["registered_models"]!.AsArray())!;
        Assert.Equal(("new name", "text"), ((string?)model["name"], (string?)model["description"]));
        Assert.Equal("1", (string?)Assert.Single(model["latest_versions"]!.AsArray())!["version"]);
        var (_, versions) = await _host.GetAsync(
            "model-versions/search?filter=name%20%3D%20%27new%20name%27%20AND%20tags.k%20%3D%20%27v%27"
        );
        Assert.Equal("new name", (string?)Assert.Single(versions["model_versions"]!.AsArray())!["name"]);

        Assert.Equal(
            200,
            (await _host.SendAsync(HttpMethod.Delete, "registered-models/delete-tag", """{"name":"new name","key":"team"}""")).Status
        );
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"new name"}""")).Status);
        Assert.Equal(404, (await _host.GetAsync("registered-models/get?name=new%20name")).Status);
    }

    [Fact]
    public async Task Stage_Transition_ArchivesOthersWhenAsked()
    {
        await _host.RegisterAsync("stages", Files.One("readme", [1]));
        await _host.RegisterAsync("stages", Files.One("readme", [1]));

        await MoveAsync(1, "production", archive: false);
        await MoveAsync(2, "Production", archive: true);

        Assert.Equal("Archived", (await _host.Mlflow.GetModelVersionAsync("stages", "1")).CurrentStage);
        var (_, latest) = await _host.GetAsync("registered-models/get-latest-versions?name=stages&stages=Production");
        Assert.Equal("2", (string?)Assert.Single(latest["model_versions"]!.AsArray())!["version"]);
        var wrong = await _host.PostAsync(
            "model-versions/transition-stage",
            """{"name":"stages","version":"1","stage":"Moon","archive_existing_versions":false}"""
        );
        Assert.Equal(400, wrong.Status);
    }

    [Fact]
    public async Task Experiment_DeleteAndRestore_TakeItsRunsAlong()
    {
        var id = await _host.Mlflow.GetOrCreateExperimentAsync("cycle");
        var run = (await _host.Mlflow.CreateRunAsync(id, "r")).Info.RunId;

        Assert.Equal(200, (await _host.PostAsync("experiments/delete", $$"""{"experiment_id":"{{id}}"}""")).Status);
        Assert.Equal(404, (await _host.PostAsync("experiments/delete", $$"""{"experiment_id":"{{id}}"}""")).Status);
        Assert.Equal("deleted", (await _host.Mlflow.GetRunAsync(run)).Info.LifecycleStage);
        Assert.Equal(400, (await _host.PostAsync("runs/create", $$"""{"experiment_id":"{{id}}"}""")).Status);
        Assert.Equal(400, (await _host.PostAsync("experiments/create", """{"name":"cycle"}""")).Status);
        Assert.Equal(200, (await _host.PostAsync("experiments/restore", $$"""{"experiment_id":"{{id}}"}""")).Status);
        Assert.Equal("active", (await _host.Mlflow.GetRunAsync(run)).Info.LifecycleStage);

        Assert.Equal(200, (await _host.PostAsync("experiments/update", $$"""{"experiment_id":"{{id}}","new_name":"cycle 2"}""")).Status);
        var (_, found) = await _host.PostAsync("experiments/search", """{"max_results":10,"filter":"name LIKE 'cycle%'"}""");
        Assert.Equal("cycle 2", (string?)Assert.Single(found["experiments"]!.AsArray())!["name"]);
    }

    [Fact]
    public async Task Overview_Model_ShowsVersionsAndMetrics()
    {
        await _host.RegisterAsync(
            "overview",
            Files.One("readme", [1]),
            new Dictionary<string, double> { ["mae"] = 2, ["odd"] = double.NaN }
        );
        await _host.VettedAsync("overview", 1);

        var model = (await _host.Registry.FindModelAsync("overview"))!;

        var version = Assert.Single(model.Versions);
        Assert.Equal(("failed", 2.0), (version.VettingStatus, Assert.Single(version.Metrics).Value));
        Assert.Equal("model_missing", Assert.Single(version.Vetting!.Problems).Code);
        Assert.Equal("readme", Assert.Single(version.Files).Path);
        Assert.Null(await _host.Registry.FindModelAsync("none"));
        Assert.Null(await _host.Registry.FindVersionAsync("overview", 2));
        Assert.Contains(await _host.Registry.ListModelsAsync(), m => m.Name == "overview");
    }

    [Fact]
    public async Task SetTag_WhileTheModelIsDeleted_FindsNoModel()
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("gone");

        var (status, body) = await Race.AgainstAsync(
            _host,
            "DELETE FROM registered_models WHERE name = 'gone'",
            () => _host.PostAsync("registered-models/set-tag", """{"name":"gone","key":"k","value":"v"}""")
        );

        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), (status, (string?)body["error_code"]));
    }

    [Fact]
    public async Task Promote_WhileTheModelIsDeleted_IsAConflict()
    {
        await _host.RegisterAsync("leaving", Files.One("readme", [1]));

        var (status, body) = await Race.AgainstAsync(
            _host,
            "DELETE FROM registered_models WHERE name = 'leaving'",
            async () =>
            {
                using var json = new StringContent(
                    """{"model":"leaving","version":1,"environment":"testing"}""",
                    System.Text.Encoding.UTF8,
                    "application/json"
                );
                using var answer = await _host.Http.PostAsync(new Uri("api/v1/promotions", UriKind.Relative), json);
                return (
                    (int)answer.StatusCode,
                    System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject()
                );
            }
        );

        Assert.Equal((409, "conflict"), (status, (string?)body["code"]));
    }

    [Fact]
    public async Task CreateRun_WhileTheExperimentIsDeleted_IsRefused()
    {
        var id = await _host.Mlflow.GetOrCreateExperimentAsync("closing");

        var (status, _) = await Race.AgainstAsync(
            _host,
            $"UPDATE experiments SET lifecycle_stage = 'deleted' WHERE experiment_id = {id}",
            () => _host.PostAsync("runs/create", $$"""{"experiment_id":"{{id}}"}""")
        );

        Assert.Equal(400, status);
    }

    private async Task<MlflowModelVersion> MoveAsync(int version, string stage, bool archive)
    {
        var (status, _) = await _host.PostAsync(
            "model-versions/transition-stage",
            $$"""{"name":"stages","version":"{{version}}","stage":"{{stage}}","archive_existing_versions":{{(archive ? "true" : "false")}}}"""
        );
        Assert.Equal(200, status);
        return await _host.Mlflow.GetModelVersionAsync("stages", version.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
