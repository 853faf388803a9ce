using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Artifacts;

/// <summary>What the disk has changed is never served as if it were what was uploaded.</summary>
public sealed class DamagedBlobTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private const string Root = "api/2.0/mlflow-artifacts/artifacts/";
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Get_ChangedBytes_IsDataLossUntilUploadedAgain()
    {
        var content = "what was uploaded"u8.ToArray();
        var file = await StoreAsync("1/damaged/small", content);
        await File.WriteAllBytesAsync(file, "what was UPLOADED"u8.ToArray());

        foreach (var range in new[] { null, new RangeHeaderValue(0, 3) })
        {
            using var response = await GetAsync("1/damaged/small", range);
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
            var body = await response.Content.ReadAsStringAsync();
            Assert.Contains("DATA_LOSS", body, StringComparison.Ordinal);
            Assert.DoesNotContain(_host.DataPath, body, StringComparison.Ordinal);
        }
        using var blob = await _host.Http.GetAsync(new Uri($"api/v1/blobs/{Path.GetFileName(file)}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.InternalServerError, blob.StatusCode);
        Assert.Contains("data_loss", await blob.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await _host.PutArtifactAsync("1/damaged/elsewhere", content);
        Assert.Equal(content, await _host.Http.GetByteArrayAsync(new Uri(Root + "1/damaged/small", UriKind.Relative)));
    }

    [Fact]
    public async Task Get_ChangedBytesOfALargeFile_NeverReachesItsEnd()
    {
        var content = new byte[4_000_000];
        new Random(11).NextBytes(content);
        var file = await StoreAsync("1/damaged/large", content);
        content[100]++;
        await File.WriteAllBytesAsync(file, content);

        using var response = await GetAsync("1/damaged/large", null);
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Get_MissingOrCutBlob_IsDataLoss()
    {
        var file = await StoreAsync("1/damaged/cut", new byte[1000]);
        await File.WriteAllBytesAsync(file, new byte[999]);
        Assert.Equal(HttpStatusCode.InternalServerError, (await GetAsync("1/damaged/cut", null)).StatusCode);

        File.Delete(file);
        Assert.Equal(HttpStatusCode.InternalServerError, (await GetAsync("1/damaged/cut", null)).StatusCode);
    }

    [Fact]
    public async Task Get_SymbolicLinkInTheStore_IsNotFollowed()
    {
        var secret = "outside of the store"u8.ToArray();
        using var outside = new TempFolder();
        var canary = outside.Combine(Convert.ToHexStringLower(SHA256.HashData(secret)));
        await File.WriteAllBytesAsync(canary, secret);
        var file = await StoreAsync("1/damaged/link", secret);
        File.Delete(file);
        File.CreateSymbolicLink(file, canary);

        Assert.Equal(HttpStatusCode.InternalServerError, (await GetAsync("1/damaged/link", null)).StatusCode);

        // And as a folder: neither read through nor written through.
        var folder = Path.GetDirectoryName(file)!;
        Directory.Delete(folder, recursive: true);
        Directory.CreateSymbolicLink(folder, outside.Path);
        Assert.Equal(HttpStatusCode.InternalServerError, (await GetAsync("1/damaged/link", null)).StatusCode);
        File.Delete(canary);
        Assert.Equal(500, (await _host.PutArtifactAsync("1/damaged/link2", secret)).Status);
        Assert.Empty(Directory.GetFiles(outside.Path));
        Directory.Delete(folder);
    }

    [Fact]
    public async Task Vetting_ChangedBytes_DoesNotExamineThem()
    {
        using var folder = new TempFolder();
        await using var host = await RegistryHost.StartAsync();
        await host.PutArtifactAsync("1/vet/model/model.onnx", OnnxFile.Identity());
        var file = Assert.Single(Directory.GetFiles(Path.Combine(host.DataPath, "registry", "blobs"), "*", SearchOption.AllDirectories));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^1]++;
        await File.WriteAllBytesAsync(file, bytes);

        await host.Mlflow.EnsureRegisteredModelAsync("m");
        await host.Mlflow.CreateModelVersionAsync("m", "mlflow-artifacts:/1/vet/model", null);
        await Eventually.TrueAsync(async () => await host.CountAsync("SELECT vetting_attempt FROM model_versions") == 1);
        // The folder comes with the first examination, which may not have begun.
        var examined = Path.Combine(host.DataPath, "registry", "vetting");
        await Eventually.TrueAsync(() => !Directory.Exists(examined) || Directory.GetDirectories(examined).Length == 0);

        Assert.Equal("pending", (await host.Registry.FindVersionAsync("m", 1))!.VettingStatus);
    }

    private async Task<string> StoreAsync(string path, byte[] content)
    {
        Assert.Equal(200, (await _host.PutArtifactAsync(path, content)).Status);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        return Path.Combine(_host.DataPath, "registry", "blobs", digest[..2], digest);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, RangeHeaderValue? range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Root + path);
        request.Headers.Range = range;
        return await _host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
