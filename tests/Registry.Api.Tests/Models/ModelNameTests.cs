using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Models;

/// <summary>Names of registered models: what MLflow's server takes is taken, and means nothing but itself wherever it stands.</summary>
public sealed class ModelNameTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("a%b")]
    [InlineData("%2e%2e")]
    [InlineData("%2Fetc")]
    [InlineData("a%252Fb")]
    [InlineData("a\\..\\b")]
    [InlineData("a?x=1")]
    [InlineData("a#b")]
    [InlineData("a b")]
    [InlineData("..a")]
    [InlineData("a'b\"c")]
    [InlineData("a;b&c=d+e")]
    [InlineData("<b>")]
    [InlineData("größe 大")]
    [InlineData("a@b")]
    [InlineData("a_b*")]
    public async Task Name_WithSignsOfUrlsAndPatterns_IsOneModelEverywhere(string name)
    {
        var json = new JsonObject { ["name"] = name };
        await _host.PostOkAsync("registered-models/create", json.ToJsonString());
        await _host.PostOkAsync("registered-models/create", new JsonObject { ["name"] = "x" + name }.ToJsonString());
        var run = await _host.Mlflow.CreateRunAsync("0", null);
        using var content = new MemoryStream([1, 2, 3]);
        await _host.Mlflow.UploadArtifactAsync(run.Info.ArtifactUri, "model/file.bin", content);
        var version = await _host.Mlflow.CreateModelVersionAsync(name, $"{run.Info.ArtifactUri}/model", run.Info.RunId);
        await _host.PostOkAsync(
            "registered-models/alias",
            new JsonObject
            {
                ["name"] = name,
                ["alias"] = "best",
                ["version"] = "1",
            }.ToJsonString()
        );
        var escaped = Uri.EscapeDataString(name);

        Assert.Equal((name, "1"), (version.Name, version.Version));
        Assert.Equal(name, (await _host.GetOkAsync($"registered-models/get?name={escaped}")).Text("registered_model", "name"));
        Assert.Equal(name, (await _host.GetOkAsync($"registered-models/alias?name={escaped}&alias=best")).Text("model_version", "name"));
        Assert.Equal(
            [1, 2, 3],
            await _host.Http.GetByteArrayAsync(
                new Uri($"model-versions/get-artifact?name={escaped}&version=1&path=file.bin", UriKind.Relative)
            )
        );
        // Our own API has the name in the path.
        Assert.Equal(name, (await _host.Registry.FindModelAsync(name))!.Name);
        Assert.Equal(1, (await _host.Registry.FindVersionAsync(name, 1))!.Version);
        if (!name.Contains('\'', StringComparison.Ordinal))
        {
            var filter = Uri.EscapeDataString($"name = '{name}'");
            Assert.Equal(
                name,
                (await _host.GetOkAsync($"registered-models/search?filter={filter}")).List("registered_models").Single().Text("name")
            );
            Assert.Equal(
                name,
                (await _host.GetOkAsync($"model-versions/search?filter={filter}")).List("model_versions").Single().Text("name")
            );
        }
        await _host.OkAsync(HttpMethod.Delete, "registered-models/delete", json.ToJsonString());
        Assert.Equal(404, (await _host.GetAsync($"registered-models/get?name={escaped}")).Status);
        Assert.Equal(200, (await _host.GetAsync($"registered-models/get?name={Uri.EscapeDataString("x" + name)}")).Status);
    }

    [Fact]
    public async Task Copy_OfAVersion_FindsItsSourceByAnyName()
    {
        await _host.PostOkAsync("registered-models/create", """{"name":"source %2F#?"}""");
        await _host.PostOkAsync("registered-models/create", """{"name":"target"}""");
        await _host.PostOkAsync("model-versions/create", """{"name":"source %2F#?","source":"s3://bucket/m"}""");

        await _host.PostOkAsync("model-versions/create", """{"name":"target","source":"models:/source %2F#?/1"}""");

        Assert.Equal(
            "s3://bucket/m",
            (await _host.GetOkAsync("model-versions/get-download-uri?name=target&version=1")).Text("artifact_uri")
        );
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a\nb")]
    public async Task Name_ThatIsNone_IsRefusedToCreateAndToRename(string name)
    {
        var model = $"renamed-{Guid.NewGuid():N}";
        await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{model}}"}""");

        foreach (
            var (route, json) in ((string, JsonObject)[])
                [("create", new JsonObject { ["name"] = name }), ("rename", new JsonObject { ["name"] = model, ["new_name"] = name })]
        )
        {
            var (status, body) = await _host.PostAsync($"registered-models/{route}", json.ToJsonString());
            Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        }
        Assert.Equal(model, (await _host.GetOkAsync($"registered-models/get?name={model}")).Text("registered_model", "name"));
    }

    [Theory]
    [InlineData(256, 200)]
    [InlineData(257, 400)]
    public async Task Name_Of256Characters_IsTheLongest(int length, int status)
    {
        var (actual, _) = await _host.PostAsync("registered-models/create", $$"""{"name":"{{new string('n', length)}}"}""");

        Assert.Equal(status, actual);
    }
}
