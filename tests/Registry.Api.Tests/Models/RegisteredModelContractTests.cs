using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Models;

/// <summary>What MLflow's own suites ask of registered models, texts included.</summary>
public sealed class RegisteredModelContractTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Create_TagsDescriptionAndJob_ComeBack()
    {
        var (status, created) = await _host.PostAsync(
            "registered-models/create",
            """{"name":"full","description":"text","deployment_job_id":"job-1","tags":[{"key":"b","value":"2"},{"key":"a","value":"1"}]}"""
        );

        Assert.Equal(200, status);
        var got = (await _host.GetAsync("registered-models/get?name=full")).Body;
        Assert.Equal(created.ToJsonString(), got.ToJsonString());
        var model = got["registered_model"]!;
        Assert.Equal("""[{"key":"a","value":"1"},{"key":"b","value":"2"}]""", model["tags"]!.ToJsonString());
        Assert.Equal(("text", "job-1"), ((string?)model["description"], (string?)model["deployment_job_id"]));
        Assert.Equal((long)model["creation_timestamp"]!, (long)model["last_updated_timestamp"]!);
    }

    [Theory]
    [InlineData("registered-models/create", "POST", "{}", 400, "Missing value for required parameter 'name'")]
    [InlineData("registered-models/create", "POST", """{"name":""}""", 400, "Missing value for required parameter 'name'")]
    [InlineData("registered-models/create", "POST", """{"name":"  "}""", 400, "cannot be empty")]
    [InlineData("registered-models/create", "POST", """{"name":"a/b"}""", 400, "Invalid registered model name")]
    [InlineData("registered-models/create", "POST", """{"name":"a:b"}""", 400, "Invalid registered model name")]
    [InlineData("registered-models/create", "POST", """{"name":".."}""", 400, "Invalid registered model name")]
    [InlineData(
        "registered-models/create",
        "POST",
        """{"name":"t","tags":[{"value":"v"}]}""",
        400,
        "Missing value for required parameter 'tags[0].key'"
    )]
    [InlineData("registered-models/rename", "POST", """{"name":"absent"}""", 400, "Missing value for required parameter 'new_name'")]
    [InlineData(
        "registered-models/rename",
        "POST",
        """{"name":"absent","new_name":"x"}""",
        404,
        "Registered Model with name=absent not found"
    )]
    [InlineData("registered-models/update", "PATCH", """{"name":"absent"}""", 404, "Registered Model with name=absent not found")]
    [InlineData("registered-models/delete", "DELETE", """{"name":"absent"}""", 404, "Registered Model with name=absent not found")]
    [InlineData("registered-models/get?name=absent", "GET", null, 404, "Registered Model with name=absent not found")]
    [InlineData(
        "registered-models/get-latest-versions",
        "POST",
        """{"name":"absent"}""",
        404,
        "Registered Model with name=absent not found"
    )]
    [InlineData(
        "registered-models/set-tag",
        "POST",
        """{"name":"absent","key":"k","value":"v"}""",
        404,
        "Registered Model with name=absent not found"
    )]
    [InlineData(
        "registered-models/set-tag",
        "POST",
        """{"name":"absent","value":"v"}""",
        400,
        "Missing value for required parameter 'key'"
    )]
    [InlineData(
        "registered-models/delete-tag",
        "DELETE",
        """{"name":"absent","key":"k"}""",
        404,
        "Registered Model with name=absent not found"
    )]
    [InlineData("registered-models/delete-tag", "DELETE", """{"key":"k"}""", 400, "Missing value for required parameter 'name'")]
    [InlineData("registered-models/alias?name=absent&alias=a", "GET", null, 404, "Registered Model with name=absent not found")]
    [InlineData(
        "registered-models/alias",
        "POST",
        """{"name":"absent","alias":"latest","version":"1"}""",
        400,
        "'latest' alias name (case insensitive) is reserved."
    )]
    [InlineData("registered-models/alias", "POST", """{"name":"absent","alias":"a b","version":"1"}""", 400, "Invalid alias name: 'a b'")]
    [InlineData(
        "registered-models/alias",
        "POST",
        """{"name":"absent","alias":"a","version":"x"}""",
        400,
        "Parameter 'version' must be an integer, got 'x'"
    )]
    public async Task Refusal_Request_HasMlflowsStatusAndWords(string route, string method, string? body, int status, string words)
    {
        foreach (var root in new[] { "", "../../../ajax-api/2.0/mlflow/" })
        {
            var answer = await _host.SendAsync(new HttpMethod(method), root + route, body);

            Assert.Equal(status, answer.Status);
            Assert.Contains(words, (string?)answer.Body["message"], StringComparison.Ordinal);
            Assert.Equal(status == 404 ? "RESOURCE_DOES_NOT_EXIST" : "INVALID_PARAMETER_VALUE", (string?)answer.Body["error_code"]);
        }
    }

    [Fact]
    public async Task Tag_ValueOfAnyAllowedLength_IsKeptAndALongerOneRefused()
    {
        await _host.Mlflow.EnsureRegisteredModelAsync("long tags");

        var kept = await SetTagAsync(new string('a', 100_000));
        var refused = await SetTagAsync(new string('a', 100_001));

        Assert.Equal(200, kept.Status);
        Assert.Equal(400, refused.Status);
        Assert.Contains("'value'", (string?)refused.Body["message"], StringComparison.Ordinal);
        Assert.Equal(200, (await SetTagAsync("")).Status);
        var (_, model) = await _host.GetAsync("registered-models/get?name=long%20tags");
        Assert.Equal("", (string?)Assert.Single(model["registered_model"]!["tags"]!.AsArray())!["value"]);
    }

    [Fact]
    public async Task Rename_ToATakenName_LeavesBothAndFreesTheOldNameOtherwise()
    {
        await _host.RegisterAsync("before", Files.One("a", [1]));
        await _host.Mlflow.EnsureRegisteredModelAsync("taken");

        var taken = await _host.PostAsync("registered-models/rename", """{"name":"before","new_name":"taken"}""");
        Assert.Equal(
            ("RESOURCE_ALREADY_EXISTS", "Registered Model (name=taken) already exists."),
            ((string?)taken.Body["error_code"], (string?)taken.Body["message"])
        );

        Assert.Equal(200, (await _host.PostAsync("registered-models/rename", """{"name":"before","new_name":"after"}""")).Status);
        Assert.Equal("after", (await _host.Mlflow.GetModelVersionAsync("after", "1")).Name);
        Assert.Equal(404, (await _host.GetAsync("registered-models/get?name=before")).Status);
        Assert.Equal(200, (await _host.PostAsync("registered-models/create", """{"name":"before"}""")).Status);
    }

    [Fact]
    public async Task Update_OnlyTheJob_LeavesTheDescription()
    {
        await _host.PostAsync("registered-models/create", """{"name":"job","description":"text"}""");

        await _host.SendAsync(HttpMethod.Patch, "registered-models/update", """{"name":"job","deployment_job_id":"7"}""");

        var (_, model) = await _host.GetAsync("registered-models/get?name=job");
        Assert.Equal("text", (string?)model["registered_model"]!["description"]);
        Assert.Equal("7", (string?)model["registered_model"]!["deployment_job_id"]);
    }

    [Fact]
    public async Task Create_PromptsAndModels_ShareOneSpaceOfNames()
    {
        const string Prompt = """[{"key":"mlflow.prompt.is_prompt","value":"true"}]""";
        Assert.Equal(200, (await CreateAsync("a prompt", Prompt)).Status);
        Assert.Equal(200, (await CreateAsync("a model", "[]")).Status);

        Assert.Equal("Registered Model (name=a model) already exists.", await RefusedAsync("a model", "[]"));
        Assert.Equal("Prompt (name=a prompt) already exists.", await RefusedAsync("a prompt", Prompt));
        Assert.StartsWith(
            "Tried to create a prompt with name 'a model', but the name is already taken by a registered model.",
            await RefusedAsync("a model", Prompt),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "Tried to create a registered model with name 'a prompt', but the name is already taken by a prompt.",
            await RefusedAsync("a prompt", "[]"),
            StringComparison.Ordinal
        );
        // A prompt's versions have text in tags, and a source that names nothing.
        var version = await _host.PostAsync(
            "model-versions/create",
            """{"name":"a prompt","source":"dummy-source","tags":[{"key":"mlflow.prompt.is_prompt","value":"true"}]}"""
        );
        Assert.Equal(200, version.Status);
    }

    [Fact]
    public async Task Create_CallerWithAName_IsTheAuthor()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/2.0/mlflow/registered-models/create")
        {
            Content = new StringContent("""{"name":"authored"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Slipway-User", "ada");
        using var response = await _host.Http.SendAsync(request);

        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("ada", (string?)body["registered_model"]!["user_id"]);
    }

    private Task<(int Status, JsonObject Body)> SetTagAsync(string value) =>
        _host.PostAsync("registered-models/set-tag", $$"""{"name":"long tags","key":"k","value":"{{value}}"}""");

    private Task<(int Status, JsonObject Body)> CreateAsync(string name, string tags) =>
        _host.PostAsync("registered-models/create", $$"""{"name":"{{name}}","tags":{{tags}}}""");

    private async Task<string?> RefusedAsync(string name, string tags)
    {
        var (status, body) = await CreateAsync(name, tags);
        Assert.Equal((400, "RESOURCE_ALREADY_EXISTS"), (status, (string?)body["error_code"]));
        return (string?)body["message"];
    }
}
