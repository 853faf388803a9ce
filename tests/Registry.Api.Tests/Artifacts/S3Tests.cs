using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Registry.Api.Artifacts.Collection;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Artifacts;

/// <summary>The artifact store over an S3 service that an independent project wrote.</summary>
public sealed class S3Tests(S3Server s3) : IClassFixture<S3Server>, IAsyncLifetime
{
    private const string Root = "api/2.0/mlflow-artifacts/artifacts/";
    private RegistryHost _host = null!;

    public async Task InitializeAsync() => _host = await RegistryHost.StartAsync(s3.Settings);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(5 << 20)]
    [InlineData((5 << 20) + 1)]
    [InlineData((12 << 20) + 345)]
    public async Task Put_AnySize_IsOneObjectUnderItsDigestAndComesBack(int size)
    {
        var content = Random(size);
        Assert.Equal(200, (await _host.PutArtifactAsync("1/s3/data", content)).Status);

        Assert.Equal(content, await _host.Http.GetByteArrayAsync(Address("1/s3/data")));
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        var blobs = _host.Services.GetRequiredService<IBlobStore>();
        Assert.Equal(size, (await blobs.FindAsync(digest, CancellationToken.None))!.SizeBytes);
        Assert.Empty(s3.Objects("registry/uploads"));
        // Nothing of it went over this machine's disk.
        Assert.Empty(Directory.EnumerateFiles(_host.DataPath, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Get_Range_GivesThatPartAndChangedBytesNone()
    {
        var content = Random(6 << 20);
        await _host.PutArtifactAsync("1/s3/range", content);

        using (var part = await GetAsync("1/s3/range", 5_000_000, 5_000_099))
        {
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal(content[5_000_000..5_000_100], await part.Content.ReadAsByteArrayAsync());
        }
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        var file = Assert.Single(s3.Objects("registry/blobs"), f => f.Contains(digest, StringComparison.Ordinal));
        content[0]++;
        await File.WriteAllBytesAsync(file, content);

        using var whole = await _host.Http.GetAsync(Address("1/s3/range"), HttpCompletionOption.ResponseHeadersRead);
        await Assert.ThrowsAsync<HttpRequestException>(() => whole.Content.ReadAsByteArrayAsync());
        using var again = await GetAsync("1/s3/range", 0, 9);
        Assert.Equal(HttpStatusCode.InternalServerError, again.StatusCode);
    }

    [Fact]
    public async Task Presigned_LeadsToTheBytesThemselves()
    {
        var content = Random(1000);
        await _host.PutArtifactAsync("1/s3/model.onnx", content);

        var answer = JsonNode.Parse(
            await _host.Http.GetStringAsync(new Uri("api/2.0/mlflow-artifacts/presigned/1/s3/model.onnx", UriKind.Relative))
        )!;
        using var bare = new HttpClient();
        using var response = await bare.GetAsync(new Uri((string)answer["url"]!));

        Assert.Equal(1000, (int)answer["file_size"]!);
        Assert.StartsWith(s3.Url.AbsoluteUri, (string)answer["url"]!, StringComparison.Ordinal);
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
        Assert.Contains("model.onnx", response.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        using var missing = await _host.Http.GetAsync(new Uri("api/2.0/mlflow-artifacts/presigned/1/s3/none", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Put_CutOff_LeavesNothingInTheBucket()
    {
        using var content = new StreamContent(new EndlessStream(6 << 20));
        content.Headers.ContentLength = 7 << 20;
        await Assert.ThrowsAsync<HttpRequestException>(() => _host.Http.PutAsync(Address("1/s3/cut"), content));

        await Slipway.Testing.Eventually.TrueAsync(() => s3.Objects("registry/uploads").Length == 0);
        Assert.Equal(HttpStatusCode.NotFound, (await _host.Http.GetAsync(Address("1/s3/cut"))).StatusCode);
    }

    [Fact]
    public async Task Version_OfModelInS3_IsVettedAndCollectedInTheEnd()
    {
        var (_, version) = await _host.RegisterAsync("in s3", Files.Good);
        Assert.Equal("passed", (await _host.VettedAsync("in s3", version)).VettingStatus);
        var digest = Convert.ToHexStringLower(SHA256.HashData(OnnxFile.Identity()));

        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"in s3"}""");
        await _host.Http.DeleteAsync(Address("0"));
        var collector = _host.Services.GetRequiredService<BlobCollector>();
        await collector.AdoptStraysAsync(DateTimeOffset.MaxValue, CancellationToken.None);
        await collector.MarkAsync(CancellationToken.None);
        await collector.SweepAsync(TimeSpan.Zero, CancellationToken.None);

        Assert.Null(await _host.Services.GetRequiredService<IBlobStore>().FindAsync(digest, CancellationToken.None));
        Assert.Empty(s3.Objects("registry/blobs"));
    }

    [Fact]
    public async Task Put_ServiceAway_Is503ThatMayBeRepeated()
    {
        await using var host = await RegistryHost.StartAsync(
            ("Registry:Artifacts:S3:Bucket", S3Server.Bucket),
            ("Registry:Artifacts:S3:ServiceUrl", "http://127.0.0.1:1"),
            ("Registry:Artifacts:S3:AccessKey", "a"),
            ("Registry:Artifacts:S3:SecretKey", "b")
        );
        using var content = new ByteArrayContent([1]);
        using var response = await host.Http.PutAsync(Address("1/s3/away"), content);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(response.Headers.RetryAfter is not null);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Contains("TEMPORARILY_UNAVAILABLE", body, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", body, StringComparison.Ordinal);
    }

    private static byte[] Random(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        return content;
    }

    private static Uri Address(string path) => new(Root + path, UriKind.Relative);

    private async Task<HttpResponseMessage> GetAsync(string path, long from, long to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Root + path);
        request.Headers.Range = new RangeHeaderValue(from, to);
        return await _host.Http.SendAsync(request);
    }
}
