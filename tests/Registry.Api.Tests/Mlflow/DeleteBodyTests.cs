using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>MLflow's clients send a DELETE's parameters as JSON in its body. Each route that takes them does what it says, under both prefixes.</summary>
public sealed class DeleteBodyTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;
    private readonly string _model = $"delete-{Guid.NewGuid():N}";

    [Theory]
    [InlineData("api")]
    [InlineData("ajax-api")]
    public async Task RegisteredModels_DeleteTag_TakesTheTagAway(string prefix)
    {
        await CreateVersionAsync();
        await _host.PostOkAsync("registered-models/set-tag", $$"""{"name":"{{_model}}","key":"k","value":"v"}""");

        await DeleteAsync(prefix, "registered-models/delete-tag", $$"""{"name":"{{_model}}","key":"k"}""");

        Assert.Null((await _host.GetOkAsync($"registered-models/get?name={_model}"))["registered_model"]!["tags"]);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("ajax-api")]
    public async Task RegisteredModels_DeleteAlias_TakesTheAliasAway(string prefix)
    {
        await CreateVersionAsync();
        await _host.PostOkAsync("registered-models/alias", $$"""{"name":"{{_model}}","alias":"best","version":"1"}""");

        await DeleteAsync(prefix, "registered-models/alias", $$"""{"name":"{{_model}}","alias":"best"}""");

        await _host.RefusedAsync(
            HttpMethod.Get,
            $"registered-models/alias?name={_model}&alias=best",
            null,
            (400, "INVALID_PARAMETER_VALUE"),
            "Registered model alias best not found."
        );
    }

    [Theory]
    [InlineData("api")]
    [InlineData("ajax-api")]
    public async Task RegisteredModels_Delete_TakesTheModelAway(string prefix)
    {
        await CreateVersionAsync();

        await DeleteAsync(prefix, "registered-models/delete", $$"""{"name":"{{_model}}"}""");

        Assert.Equal(404, (await _host.GetAsync($"registered-models/get?name={_model}")).Status);
    }

    [Theory]
    [InlineData("api", "\"1\"")]
    [InlineData("ajax-api", "1")]
    public async Task ModelVersions_DeleteTag_TakesTheTagAway(string prefix, string version)
    {
        await CreateVersionAsync();
        await _host.PostOkAsync("model-versions/set-tag", $$"""{"name":"{{_model}}","version":"1","key":"k","value":"v"}""");

        await DeleteAsync(prefix, "model-versions/delete-tag", $$"""{"name":"{{_model}}","version":{{version}},"key":"k"}""");

        Assert.Null((await _host.GetOkAsync($"model-versions/get?name={_model}&version=1"))["model_version"]!["tags"]);
    }

    [Theory]
    [InlineData("api", "\"1\"")]
    [InlineData("ajax-api", "1")]
    public async Task ModelVersions_Delete_TakesTheVersionAway(string prefix, string version)
    {
        await CreateVersionAsync();

        await DeleteAsync(prefix, "model-versions/delete", $$"""{"name":"{{_model}}","version":{{version}}}""");

        Assert.Equal(404, (await _host.GetAsync($"model-versions/get?name={_model}&version=1")).Status);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("ajax-api")]
    public async Task LoggedModels_DeleteAndDeleteTag_TakeABodyToo(string prefix)
    {
        var created = await _host.PostOkAsync("logged-models", """{"experiment_id":"0","tags":[{"key":"a/b","value":"v"}]}""");
        var id = created.Text("model", "info", "model_id");

        await DeleteAsync(prefix, $"logged-models/{id}/tags/a%2Fb", $$"""{"model_id":"{{id}}","tag_key":"a/b"}""");
        Assert.Null((await _host.GetOkAsync($"logged-models/{id}"))["model"]!["info"]!["tags"]);

        await DeleteAsync(prefix, $"logged-models/{id}", $$"""{"model_id":"{{id}}"}""");
        Assert.Equal(404, (await _host.GetAsync($"logged-models/{id}")).Status);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("ajax-api")]
    public async Task Webhooks_Delete_TakesABodyToo(string prefix)
    {
        var created = await _host.PostOkAsync(
            "webhooks",
            """{"name":"hook","url":"https://1.1.1.1/","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}"""
        );
        var id = created.Text("webhook", "webhook_id");

        await DeleteAsync(prefix, $"webhooks/{id}", $$"""{"webhook_id":"{{id}}"}""");

        Assert.Equal(404, (await _host.GetAsync($"webhooks/{id}")).Status);
    }

    private async Task CreateVersionAsync()
    {
        await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{_model}}"}""");
        await _host.PostOkAsync("model-versions/create", $$"""{"name":"{{_model}}","source":"s3://bucket/a"}""");
    }

    private async Task DeleteAsync(string prefix, string route, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{prefix}/2.0/mlflow/{route}")
        {
            Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json"),
        };
        using var response = await _host.Http.SendAsync(request);
        var body = await response.Content.ReadFromJsonAsync<JsonNode>();

        Assert.Equal((200, "{}"), ((int)response.StatusCode, body!.ToJsonString()));
    }
}
