using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Artifacts;

public sealed class MultipartTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Upload_PartsInAnyOrderAndOneTwice_GivesTheWholeFile()
    {
        var content = new byte[50_000];
        new Random(3).NextBytes(content);
        var (id, urls) = await CreateAsync("1/mpu/whole", @"C:\Users\somebody\big.bin", 3);

        var third = await PutAsync(urls[2], content[40_000..]);
        await PutAsync(urls[0], "a first attempt"u8.ToArray());
        var first = await PutAsync(urls[0], content[..20_000]);
        var second = await PutAsync(urls[1], content[20_000..40_000]);
        var completed = await CompleteAsync("1/mpu/whole", id, "big.bin", (3, third), (1, first), (2, second));

        Assert.Equal((200, "{}"), completed);
        Assert.Equal(content, await _host.Http.GetByteArrayAsync(Artifact("1/mpu/whole/big.bin")));
        // The answer may have been lost: what has happened is no error.
        Assert.Equal((200, "{}"), await CompleteAsync("1/mpu/whole", id, "big.bin", (3, third), (1, first), (2, second)));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendPartAsync(urls[0], "late"u8.ToArray())).StatusCode);
    }

    [Fact]
    public async Task Complete_WrongParts_IsRefusedAndTheUploadGoesOn()
    {
        var (id, urls) = await CreateAsync("1/mpu/wrong", "f", 2);
        var tag = await PutAsync(urls[0], "one"u8.ToArray());

        Assert.Contains(
            "Part 2 was not received",
            (await CompleteAsync("1/mpu/wrong", id, "f", (1, tag), (2, tag))).Body,
            StringComparison.Ordinal
        );
        Assert.Contains("another ETag", (await CompleteAsync("1/mpu/wrong", id, "f", (1, "\"0\""))).Body, StringComparison.Ordinal);
        Assert.Contains("named twice", (await CompleteAsync("1/mpu/wrong", id, "f", (1, tag), (1, tag))).Body, StringComparison.Ordinal);
        Assert.Contains(
            "Missing value for required parameter",
            (await CompleteAsync("1/mpu/wrong", id, "f")).Body,
            StringComparison.Ordinal
        );
        Assert.Contains("not one of", (await CompleteAsync("1/mpu/other", id, "f", (1, tag))).Body, StringComparison.Ordinal);
        Assert.Equal(404, (await CompleteAsync("1/mpu/wrong", Guid.NewGuid().ToString("N"), "f", (1, tag))).Status);
        Assert.Equal(200, (await CompleteAsync("1/mpu/wrong", id, "f", (1, tag))).Status);
    }

    [Fact]
    public async Task Abort_EndsTheUpload()
    {
        var (id, urls) = await CreateAsync("1/mpu/abort", "f", 1);
        var tag = await PutAsync(urls[0], "one"u8.ToArray());

        Assert.Equal(200, (await PostAsync("abort/1/mpu/abort", $$"""{"path":"f","upload_id":"{{id}}"}""")).Status);
        Assert.Equal(404, (await PostAsync("abort/1/mpu/abort", $$"""{"path":"f","upload_id":"{{id}}"}""")).Status);
        Assert.Equal(404, (await CompleteAsync("1/mpu/abort", id, "f", (1, tag))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendPartAsync(urls[0], "x"u8.ToArray())).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _host.Http.GetAsync(Artifact("1/mpu/abort/f"))).StatusCode);
    }

    [Theory]
    [InlineData("""{"path":"f","num_parts":0}""", 400)]
    [InlineData("""{"path":"f","num_parts":10001}""", 400)]
    [InlineData("""{"path":"f"}""", 400)]
    [InlineData("""{"num_parts":1}""", 400)]
    [InlineData("""{"path":"..","num_parts":1}""", 400)]
    [InlineData("""{"path":"/etc/","num_parts":1}""", 400)]
    [InlineData("""{"path":"a%2f..%2fb","num_parts":1}""", 400)]
    public async Task Create_WrongRequest_IsRefused(string json, int status) =>
        Assert.Equal(status, (await PostAsync("create/1/mpu/x", json)).Status);

    [Fact]
    public async Task PartAddress_ChangedInAnyPart_IsForbidden()
    {
        var (_, urls) = await CreateAsync("1/mpu/signed", "f", 2);
        var url = urls[0].AbsoluteUri;
        var expires = url[(url.IndexOf("expires=", StringComparison.Ordinal) + 8)..url.IndexOf('&', StringComparison.Ordinal)];

        foreach (
            var wrong in new[]
            {
                url.Replace("/1?", "/2?", StringComparison.Ordinal),
                url.Replace(expires, "99999999999", StringComparison.Ordinal),
                url[..url.IndexOf('&', StringComparison.Ordinal)],
                url[..url.IndexOf('?', StringComparison.Ordinal)],
                url + "x",
            }
        )
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await SendPartAsync(new Uri(wrong), "x"u8.ToArray())).StatusCode);
        }
    }

    [Fact]
    public async Task Upload_AcrossARestart_GoesOn()
    {
        var database = await TestPostgres.CreateDatabaseAsync();
        using var data = new TempFolder();
        (string Id, Uri[] Urls) upload;
        string tag;
        await using (var first = await RegistryHost.StartOnAsync(database.ConnectionString, null, ("Slipway:DataPath", data.Path)))
        {
            await first.ReadyAsync();
            upload = await CreateAsync("1/mpu/restart", "f", 2, first);
            tag = await PutAsync(upload.Urls[0], "before "u8.ToArray(), first);
        }
        await using var second = await RegistryHost.StartOnAsync(database.ConnectionString, database, ("Slipway:DataPath", data.Path));
        await second.ReadyAsync();

        var other = await PutAsync(new Uri(second.Http.BaseAddress!, upload.Urls[1].PathAndQuery), "after"u8.ToArray(), second);
        var completed = await CompleteAsync(second, "1/mpu/restart", upload.Id, "f", (1, tag), (2, other));

        Assert.Equal(200, completed.Status);
        Assert.Equal("before after", await second.Http.GetStringAsync(Artifact("1/mpu/restart/f")));
    }

    [Fact]
    public async Task Create_AtTheBoundOfOpenUploads_Is429UntilOneExpires()
    {
        await using var host = await RegistryHost.StartAsync(
            ("Registry:Artifacts:MaxMultipartUploads", "1"),
            ("Registry:Artifacts:MaxUploadBytes", "10")
        );
        var (_, urls) = await CreateAsync("1/mpu/bound", "f", 2, host);
        await PutAsync(urls[0], new byte[6], host);

        using var tooLarge = await SendPartAsync(urls[1], new byte[6], host);
        var refused = await PostAsync("create/1/mpu/bound", """{"path":"g","num_parts":1}""", host);
        await host.ExecuteAsync("UPDATE multipart_uploads SET expires_at = now() - interval '1 s'");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Equal(429, refused.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendPartAsync(urls[1], "x"u8.ToArray(), host)).StatusCode);
        Assert.Equal(200, (await PostAsync("create/1/mpu/bound", """{"path":"g","num_parts":1}""", host)).Status);
    }

    [Fact]
    public async Task PresignedUploadUrl_PutsTheFileThere()
    {
        var run = await _host.Mlflow.CreateRunAsync("0", "presigned");
        var (status, body) = await _host.PostAsync(
            "artifacts/presigned-upload-url",
            $$"""{"run_id":"{{run.Info.RunId}}","path":"tables/a b.json","expiration":60}"""
        );
        var url = new Uri((string)body["presigned_url"]!);

        using var put = await SendPartAsync(url, "{}"u8.ToArray());
        using var elsewhere = await SendPartAsync(
            new Uri(url.AbsoluteUri.Replace("tables", "other", StringComparison.Ordinal)),
            "{}"u8.ToArray()
        );

        Assert.Equal((200, HttpStatusCode.OK, HttpStatusCode.Forbidden), (status, put.StatusCode, elsewhere.StatusCode));
        var (_, listed) = await _host.GetAsync($"artifacts/list?run_id={run.Info.RunId}&path=tables");
        Assert.Equal("tables/a b.json", (string)listed["files"]![0]!["path"]!);
        var (tooLong, _) = await _host.PostAsync(
            "artifacts/presigned-upload-url",
            $$"""{"run_id":"{{run.Info.RunId}}","path":"a","expiration":604801}"""
        );
        Assert.Equal(400, tooLong);
    }

    private static Uri Artifact(string path) => new($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative);

    private async Task<(string Id, Uri[] Urls)> CreateAsync(string folder, string path, int parts, RegistryHost? host = null)
    {
        var json = new JsonObject { ["path"] = path, ["num_parts"] = parts };
        var (status, body) = await PostAsync($"create/{folder}", json.ToJsonString(), host);
        Assert.Equal(200, status);
        var answer = JsonNode.Parse(body)!;
        Assert.Equal(Enumerable.Range(1, parts), answer["credentials"]!.AsArray().Select(c => (int)c!["part_number"]!));
        return ((string)answer["upload_id"]!, [.. answer["credentials"]!.AsArray().Select(c => new Uri((string)c!["url"]!))]);
    }

    private async Task<string> PutAsync(Uri url, byte[] content, RegistryHost? host = null)
    {
        using var response = await SendPartAsync(url, content, host);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(content))}\"", response.Headers.ETag!.Tag);
        return response.Headers.ETag.Tag;
    }

    private async Task<HttpResponseMessage> SendPartAsync(Uri url, byte[] content, RegistryHost? host = null)
    {
        using var body = new ByteArrayContent(content);
        return await (host ?? _host).Http.PutAsync(url, body);
    }

    private Task<(int Status, string Body)> CompleteAsync(string folder, string id, string path, params (int Number, string Tag)[] parts) =>
        CompleteAsync(_host, folder, id, path, parts);

    private Task<(int Status, string Body)> CompleteAsync(
        RegistryHost host,
        string folder,
        string id,
        string path,
        params (int Number, string Tag)[] parts
    )
    {
        var list = new JsonArray([
            .. parts.Select(p =>
                (JsonNode)
                    new JsonObject
                    {
                        ["part_number"] = p.Number,
                        ["etag"] = p.Tag,
                        ["url"] = "ignored",
                    }
            ),
        ]);
        var json = new JsonObject
        {
            ["path"] = path,
            ["upload_id"] = id,
            ["parts"] = list,
        };
        return PostAsync($"complete/{folder}", json.ToJsonString(), host);
    }

    private async Task<(int Status, string Body)> PostAsync(string route, string json, RegistryHost? host = null)
    {
        using var body = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await (host ?? _host).Http.PostAsync(new Uri($"api/2.0/mlflow-artifacts/mpu/{route}", UriKind.Relative), body);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
