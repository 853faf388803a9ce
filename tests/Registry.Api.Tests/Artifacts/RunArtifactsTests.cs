using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Artifacts;

/// <summary>Artifacts as MLflow's pages name them: by run, version and logged model.</summary>
public sealed class RunArtifactsTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    // SHA-256 of nothing.
    private const string Digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task List_Run_IsRelativeToItsRootAndComesInPages()
    {
        var run = await RunAsync();
        await _host.ExecuteAsync(
            $"""
            INSERT INTO blobs (sha256, size_bytes) VALUES ('{Digest}', 0) ON CONFLICT DO NOTHING;
            INSERT INTO artifacts (path, sha256, size_bytes, updated_at)
            SELECT '0/{run}/artifacts/many/' || to_char(i, 'FM0000'), '{Digest}', 0, now() FROM generate_series(0, 1002) AS i;
            """
        );
        await _host.PutArtifactAsync($"0/{run}/artifacts/many/0500-folder/x", [1]);

        var (_, root) = await _host.GetAsync($"artifacts/list?run_id={run}");
        var (_, first) = await _host.GetAsync($"artifacts/list?run_uuid={run}&path=many/");
        var token = Uri.EscapeDataString((string)first["next_page_token"]!);
        var (_, second) = await _host.GetAsync($"artifacts/list?run_id={run}&path=many&page_token={token}");

        Assert.Equal($"mlflow-artifacts:/0/{run}/artifacts", (string)root["root_uri"]!);
        Assert.Equal("""[{"path":"many","is_dir":true}]""", root["files"]!.ToJsonString());
        var paths = first["files"]!.AsArray().Concat(second["files"]!.AsArray()).Select(f => (string)f!["path"]!).ToList();
        Assert.Equal((1000, 1004), (first["files"]!.AsArray().Count, paths.Count));
        Assert.Equal(paths.Order(StringComparer.Ordinal), paths);
        Assert.Contains("many/0500-folder", paths);
        Assert.Null(second["next_page_token"]);
        Assert.Equal(400, (await _host.GetAsync($"artifacts/list?run_id={run}&path=many&page_token=%2A")).Status);
    }

    [Fact]
    public async Task GetArtifact_OfRun_ComesAsAnAttachment()
    {
        var run = await RunAsync();
        await _host.PutArtifactAsync($"0/{run}/artifacts/d/a.html", "<b>"u8.ToArray());

        foreach (var id in new[] { "run_id", "run_uuid" })
        {
            using var found = await SendAsync($"get-artifact?{id}={run}&path=d/a.html");
            Assert.Equal("<b>", await found.Content.ReadAsStringAsync());
            Assert.Equal("attachment", found.Content.Headers.ContentDisposition!.DispositionType);
            Assert.Equal("nosniff", found.Headers.GetValues("X-Content-Type-Options").Single());
        }
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync($"get-artifact?run_id={run}&path=none")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync($"get-artifact?run_id={new string('0', 32)}&path=a")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync($"get-artifact?run_id={run}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync($"get-artifact?run_id={run}&path=d")).StatusCode);
    }

    [Fact]
    public async Task GetArtifact_OfVersion_IsWhatWasRegistered()
    {
        var (run, version) = await _host.RegisterAsync("artifacts of", Files.One("notes.txt", "first"u8.ToArray()));
        await _host.PutArtifactAsync($"0/{run}/artifacts/model/notes.txt", "second"u8.ToArray());
        var route = $"model-versions/get-artifact?name=artifacts%20of&version={version}";

        Assert.Equal("first", await _host.Http.GetStringAsync(new Uri($"{route}&path=notes.txt", UriKind.Relative)));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync($"{route}&path=none")).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await SendAsync("model-versions/get-artifact?name=artifacts%20of&version=9&path=a")).StatusCode
        );
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("model-versions/get-artifact?name=a&version=x&path=a")).StatusCode);
    }

    [Fact]
    public async Task GetFile_OfLoggedModel_IsFoundBelowItsRoot()
    {
        var (_, created) = await _host.PostAsync("logged-models", """{"experiment_id":"0","name":"m"}""");
        var id = (string)created["model"]!["info"]!["model_id"]!;
        await _host.PutArtifactAsync($"0/models/{id}/artifacts/MLmodel", "flavors: {}"u8.ToArray());
        var route = $"ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files?artifact_file_path=";

        Assert.Equal("flavors: {}", await _host.Http.GetStringAsync(new Uri(route + "MLmodel", UriKind.Relative)));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(route + "none")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(route + "../x")).StatusCode);
    }

    [Theory]
    [InlineData("run_uuid={run}&path=d/a.txt", "content", 200)]
    [InlineData("path=a.txt", "content", 400)]
    [InlineData("run_uuid={run}", "content", 400)]
    [InlineData("run_uuid={run}&path=a.txt", "", 400)]
    [InlineData("run_uuid=00000000000000000000000000000000&path=a.txt", "content", 404)]
    public async Task UploadArtifact_OfPages_IsStoredOrRefused(string query, string content, int status)
    {
        var run = await RunAsync();
        using var body = new StringContent(content, Encoding.UTF8, "text/plain");
        using var response = await _host.Http.PostAsync(
            new Uri("ajax-api/2.0/mlflow/upload-artifact?" + query.Replace("{run}", run, StringComparison.Ordinal), UriKind.Relative),
            body
        );

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 200)
        {
            using var found = await SendAsync($"get-artifact?run_id={run}&path=d/a.txt");
            Assert.Equal(content, await found.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task UploadArtifact_OfADeletedRunOrTooLarge_IsRefused()
    {
        var run = await RunAsync();
        await _host.PostAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
        var route = new Uri($"ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=a", UriKind.Relative);
        using var small = new ByteArrayContent([1]);
        using var large = new ByteArrayContent(new byte[(10 << 20) + 1]);

        using var deleted = await _host.Http.PostAsync(route, small);
        using var refused = await _host.Http.PostAsync(route, large);

        Assert.Contains(
            "must be in the",
            (string)JsonNode.Parse(await deleted.Content.ReadAsStringAsync())!["message"]!,
            StringComparison.Ordinal
        );
        Assert.Contains("Max size is 10MB", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<string> RunAsync() => (await _host.Mlflow.CreateRunAsync("0", "artifacts")).Info.RunId;

    private Task<HttpResponseMessage> SendAsync(string route) => _host.Http.GetAsync(new Uri(route, UriKind.Relative));
}
