using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Artifacts;

public sealed class ArtifactProxyTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private const string Root = "api/2.0/mlflow-artifacts/artifacts/";
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Put_ThenGet_GivesTheSameBytesAndTheirDigest()
    {
        var content = new byte[3_000_000];
        new Random(7).NextBytes(content);

        Assert.Equal((200, "{}"), await _host.PutArtifactAsync("1/bytes/data.bin", content));
        using var response = await _host.Http.GetAsync(new Uri(Root + "1/bytes/data.bin", UriKind.Relative));

        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
        var digest = SHA256.HashData(content);
        Assert.Equal($"sha-256=:{Convert.ToBase64String(digest)}:", Assert.Single(response.Headers.GetValues("Repr-Digest")));
        Assert.Equal($"\"{Convert.ToHexStringLower(digest)}\"", response.Headers.ETag?.Tag);
        using var blob = await _host.Http.GetAsync(new Uri($"api/v1/blobs/{Convert.ToHexStringLower(digest)}", UriKind.Relative));
        Assert.Equal(content, await blob.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("bytes=2-5", null, 206, "2345", "bytes 2-5/10")]
    [InlineData("bytes=7-", null, 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-3", null, 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=10-", null, 416, "", "bytes */10")]
    [InlineData("bytes=2-5", "\"another\"", 200, "0123456789", null)]
    [InlineData("bytes=2-5", "own", 206, "2345", "bytes 2-5/10")]
    public async Task Get_Range_GivesThatPart(string range, string? ifRange, int status, string content, string? contentRange)
    {
        await _host.PutArtifactAsync("1/range/data.bin", "0123456789"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, Root + "1/range/data.bin");
        request.Headers.TryAddWithoutValidation("Range", range);
        if (ifRange is not null)
        {
            var own = $"\"{Convert.ToHexStringLower(SHA256.HashData("0123456789"u8))}\"";
            request.Headers.IfRange = new RangeConditionHeaderValue(ifRange == "own" ? own : ifRange);
        }
        using var response = await _host.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(content, await response.Content.ReadAsStringAsync());
        Assert.Equal(contentRange, response.Content.Headers.ContentRange?.ToString());
    }

    [Fact]
    public async Task Get_WithTheDigestItHas_IsNotModified()
    {
        await _host.PutArtifactAsync("1/cached/a", "cached"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, Root + "1/cached/a");
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData("cached"u8))}\""));
        using var response = await _host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
    }

    [Theory]
    [InlineData("page.html", "attachment; filename=page.html; filename*=UTF-8''page.html")]
    [InlineData("naïve.svg", "attachment; filename=na_ve.svg; filename*=UTF-8''na%C3%AFve.svg")]
    public async Task Get_FileThatABrowserMightRun_IsAnAttachmentOnly(string name, string disposition)
    {
        await _host.PutArtifactAsync($"1/sniff/{Uri.EscapeDataString(name)}", "<script>alert(1)</script>"u8.ToArray());
        using var response = await _host.Http.GetAsync(new Uri(Root + $"1/sniff/{Uri.EscapeDataString(name)}", UriKind.Relative));

        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(disposition, response.Content.Headers.GetValues("Content-Disposition").Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_File_GivesItsSize()
    {
        await _host.PutArtifactAsync("1/head/data.bin", new byte[17]);
        using var request = new HttpRequestMessage(HttpMethod.Head, Root + "1/head/data.bin");
        using var response = await _host.Http.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, 17), (response.StatusCode, response.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Put_Again_Replaces()
    {
        await _host.PutArtifactAsync("1/again/a.txt", "old"u8.ToArray());
        await _host.PutArtifactAsync("1/again/a.txt", "new"u8.ToArray());

        Assert.Equal("new", await _host.Http.GetStringAsync(new Uri(Root + "1/again/a.txt", UriKind.Relative)));
    }

    [Theory]
    [InlineData("1/conflict/file/below", "lies below a file")]
    [InlineData("1/conflict", "is a folder")]
    [InlineData("1", "is a folder")]
    public async Task Put_FileAndFolderOfOneName_IsRefused(string path, string words)
    {
        Assert.Equal(200, (await _host.PutArtifactAsync("1/conflict/file", "x"u8.ToArray())).Status);

        var (status, body) = await _host.PutArtifactAsync(path, "y"u8.ToArray());

        Assert.Equal(400, status);
        Assert.Contains(words, body, StringComparison.Ordinal);
        Assert.Equal("x", await _host.Http.GetStringAsync(new Uri(Root + "1/conflict/file", UriKind.Relative)));
    }

    [Fact]
    public async Task Put_FileAndFolderAtOnce_LetsOneWin()
    {
        for (var i = 0; i < 10; i++)
        {
            var answers = await Task.WhenAll(
                _host.PutArtifactAsync($"2/race/{i}", "file"u8.ToArray()),
                _host.PutArtifactAsync($"2/race/{i}/below", "folder"u8.ToArray())
            );
            Assert.Equal([200, 400], answers.Select(a => a.Status).Order());
        }
    }

    [Fact]
    public async Task List_Folder_ShowsNamesSizesAndFolders()
    {
        await _host.PutArtifactAsync("3/list/b/deep/x", "12"u8.ToArray());
        await _host.PutArtifactAsync("3/list/a.txt", ""u8.ToArray());
        // '0' follows '/' and '-' precedes it: neighbours of the folder by name.
        await _host.PutArtifactAsync("3/list0/no", "1"u8.ToArray());
        await _host.PutArtifactAsync("3/list-/no", "1"u8.ToArray());

        var listing = await ListAsync("3/list");

        Assert.Equal("""{"files":[{"path":"a.txt","is_dir":false,"file_size":0},{"path":"b","is_dir":true}]}""", listing);
        Assert.Equal("{}", await ListAsync("3/list/a.txt"));
        Assert.Equal("{}", await ListAsync("3/nothing"));
        Assert.Contains("\"3\"", await ListAsync(""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_Folder_RemovesEverythingBelowAndIsIdempotent()
    {
        await _host.PutArtifactAsync("4/delete/a/b", "x"u8.ToArray());
        await _host.PutArtifactAsync("4/delete2", "x"u8.ToArray());

        Assert.Equal(HttpStatusCode.OK, (await _host.Http.DeleteAsync(new Uri(Root + "4/delete", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _host.Http.DeleteAsync(new Uri(Root + "4/delete", UriKind.Relative))).StatusCode);

        Assert.Equal(HttpStatusCode.NotFound, (await _host.Http.GetAsync(new Uri(Root + "4/delete/a/b", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _host.Http.GetAsync(new Uri(Root + "4/delete2", UriKind.Relative))).StatusCode);
    }

    /// <summary>Sent over a bare socket, since every HTTP client library tidies such paths up before it sends them.</summary>
    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("a/../../../../../../etc/passwd")]
    [InlineData("%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("%252e%252e/x")]
    [InlineData("..%2f..%2fx")]
    [InlineData("a%5c..%5cx")]
    [InlineData("/etc/passwd")]
    [InlineData("%2fetc%2fpasswd")]
    [InlineData("C:%5cx")]
    [InlineData("file:%2f%2f%2fetc%2fpasswd")]
    [InlineData("a%00b")]
    [InlineData("a%23b")]
    [InlineData("a%3fb")]
    [InlineData("a//b")]
    [InlineData("a/%2e/b")]
    [InlineData("a/../b")]
    [InlineData("a/b/%2E%2e/c")]
    public async Task AnyMethod_HostilePath_Is4xxAndTouchesNothing(string path)
    {
        foreach (var method in new[] { "GET", "PUT", "DELETE" })
        {
            var status = await RawAsync($"{method} /{Root}{path}");
            Assert.InRange(status, 400, 499);
        }
        Assert.InRange(await RawAsync($"GET /api/2.0/mlflow-artifacts/artifacts?path={path}"), 400, 499);
        var stray = Directory
            .EnumerateFiles(_host.DataPath, "*", SearchOption.AllDirectories)
            .Where(f =>
                !Path.GetRelativePath(_host.DataPath, f).Replace('\\', '/').StartsWith("registry/blobs/", StringComparison.Ordinal)
            );
        Assert.Empty(stray);
    }

    [Fact]
    public async Task Put_OverTheLimit_Is413AndLeavesNothing()
    {
        await using var host = await RegistryHost.StartAsync(("Registry:Artifacts:MaxUploadBytes", "1000"));

        var announced = await host.PutArtifactAsync("1/big/announced", new byte[1001]);
        using var chunked = new HttpRequestMessage(HttpMethod.Put, Root + "1/big/chunked")
        {
            Content = new StreamContent(new EndlessStream(100_000)),
        };
        chunked.Headers.TransferEncodingChunked = true;
        using var response = await host.Http.SendAsync(chunked);

        Assert.Equal(413, announced.Status);
        Assert.Contains("INVALID_PARAMETER_VALUE", announced.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(host.DataPath, "registry"), "*", SearchOption.AllDirectories));
        Assert.Equal(200, (await host.PutArtifactAsync("1/big/fits", new byte[1000])).Status);
    }

    [Fact]
    public async Task Put_CutOff_LeavesNothing()
    {
        await using var host = await RegistryHost.StartAsync();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(host.Http.BaseAddress!.Host, host.Http.BaseAddress.Port);
            await client
                .GetStream()
                .WriteAsync(Encoding.ASCII.GetBytes($"PUT /{Root}1/cut/off HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly this"));
            await Slipway.Testing.Eventually.TrueAsync(() => Uploads(host).Length == 1);
        }
        await Slipway.Testing.Eventually.TrueAsync(() => Uploads(host).Length == 0);

        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync(new Uri(Root + "1/cut/off", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Presigned_OnDisk_Is501()
    {
        await _host.PutArtifactAsync("1/presigned/a", "x"u8.ToArray());
        using var response = await _host.Http.GetAsync(new Uri("api/2.0/mlflow-artifacts/presigned/1/presigned/a", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Contains(
            "Presigned download is not supported for the current artifact repository",
            await response.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("abc", HttpStatusCode.BadRequest, "invalid_digest")]
    [InlineData("..%2f..%2fetc", HttpStatusCode.BadRequest, "invalid_digest")]
    [InlineData("00b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", HttpStatusCode.NotFound, "blob_not_found")]
    public async Task Blob_WrongOrUnknown_IsAProblem(string digest, HttpStatusCode status, string code)
    {
        using var response = await _host.Http.GetAsync(new Uri($"api/v1/blobs/{digest}", UriKind.Relative));

        Assert.Equal(status, response.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string[] Uploads(RegistryHost host) => Directory.GetFiles(Path.Combine(host.DataPath, "registry", "uploads"));

    private Task<string> ListAsync(string path) =>
        _host.Http.GetStringAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts?path={Uri.EscapeDataString(path)}", UriKind.Relative));

    private async Task<int> RawAsync(string line)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_host.Http.BaseAddress!.Host, _host.Http.BaseAddress.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{line} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadLineAsync() ?? "";
        return int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
