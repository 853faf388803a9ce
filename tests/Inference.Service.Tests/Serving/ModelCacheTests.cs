using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Serving;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Service.Serving;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Serving;

public sealed class ModelCacheTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Blobs _blobs = new();
    private readonly ManualClock _clock = new();

    public void Dispose()
    {
        _blobs.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task GetAsync_NotThere_DownloadsEveryFileToItsPlace()
    {
        var version = Version("a", ("model.onnx", "graph"), ("weights/w.bin", "numbers"));

        var folder = await Cache().GetAsync(version, CancellationToken.None);

        Assert.Equal(_folder.Combine(version.Digest), folder);
        Assert.Equal("graph", await File.ReadAllTextAsync(Path.Combine(folder, "model.onnx")));
        Assert.Equal("numbers", await File.ReadAllTextAsync(Path.Combine(folder, "weights", "w.bin")));
        Assert.Equal([version.Digest], Entries());
    }

    [Fact]
    public async Task GetAsync_ThereAndIntact_DownloadsNothing()
    {
        var version = Version("a", ("model.onnx", "graph"));
        await Cache().GetAsync(version, CancellationToken.None);

        await Cache().GetAsync(version, CancellationToken.None);

        Assert.Equal(1, _blobs.Requests);
    }

    [Theory]
    [InlineData("grapH")]
    [InlineData("")]
    [InlineData(null)]
    public async Task GetAsync_CachedFileDamaged_DownloadsAnew(string? content)
    {
        var version = Version("a", ("model.onnx", "graph"));
        var path = Path.Combine(await Cache().GetAsync(version, CancellationToken.None), "model.onnx");
        if (content is null)
        {
            File.Delete(path);
        }
        else
        {
            await File.WriteAllTextAsync(path, content);
        }

        await Cache().GetAsync(version, CancellationToken.None);

        Assert.Equal("graph", await File.ReadAllTextAsync(path));
        Assert.Equal(2, _blobs.Requests);
    }

    [Fact]
    public async Task GetAsync_DownloadHasAnotherDigest_IsRefusedAndLeavesNothing()
    {
        var version = Version("a", ("model.onnx", "graph"));
        _blobs.Content[version.Files[0].Sha256] = "grapH"u8.ToArray();

        var error = await Assert.ThrowsAsync<ModelLoadException>(() => Cache().GetAsync(version, CancellationToken.None));

        Assert.Equal(ModelLoadCodes.DigestMismatch, error.Code);
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task GetAsync_DownloadLongerThanAnnounced_IsCutOff()
    {
        var version = Version("a", ("model.onnx", "graph"));
        _blobs.Content[version.Files[0].Sha256] = new byte[1 << 20];

        await Assert.ThrowsAsync<ModelDownloadException>(() => Cache().GetAsync(version, CancellationToken.None));

        Assert.Empty(Entries());
    }

    [Fact]
    public async Task GetAsync_RegistryDoesNotHaveIt_SaysSo()
    {
        var version = Version("a", ("model.onnx", "graph"));
        _blobs.Content.Clear();

        var error = await Assert.ThrowsAsync<ModelDownloadException>(() => Cache().GetAsync(version, CancellationToken.None));

        Assert.Contains("could not be downloaded", error.Message, StringComparison.Ordinal);
        Assert.Empty(Entries());
    }

    [Theory]
    [InlineData("../model.onnx")]
    [InlineData("/etc/model.onnx")]
    [InlineData("a/../../model.onnx")]
    [InlineData("a\\model.onnx")]
    [InlineData("C:model.onnx")]
    [InlineData("a//model.onnx")]
    [InlineData("./model.onnx")]
    [InlineData("")]
    public async Task GetAsync_PathOutsideTheFolder_IsRefusedBeforeAnyDownload(string path)
    {
        var version = Version("a", (path, "graph"));

        await Assert.ThrowsAsync<ModelLoadException>(() => Cache().GetAsync(version with { ModelFile = path }, CancellationToken.None));

        Assert.Equal(0, _blobs.Requests);
    }

    [Fact]
    public async Task GetAsync_DigestThatIsAPath_IsRefused()
    {
        var version = Version("a", ("model.onnx", "graph"));

        await Assert.ThrowsAsync<ModelLoadException>(() => Cache().GetAsync(version with { Digest = "../../x" }, CancellationToken.None));
        await Assert.ThrowsAsync<ModelLoadException>(() =>
            Cache().GetAsync(version with { ModelFile = "other.onnx" }, CancellationToken.None)
        );
    }

    [Fact]
    public async Task GetAsync_SameVersionAtOnce_BothSucceed()
    {
        var version = Version("a", ("model.onnx", new string('g', 100_000)));
        var (first, second) = (Cache(), Cache());

        var folders = await Task.WhenAll(first.GetAsync(version, CancellationToken.None), second.GetAsync(version, CancellationToken.None));

        Assert.Equal(folders[0], folders[1]);
        Assert.Equal([version.Digest], Entries());
    }

    [Fact]
    public async Task Trim_BeyondTheBound_RemovesTheLongestUnusedThatNobodyServes()
    {
        var cache = Cache(maxBytes: 250);
        var versions = new List<ServedModelVersion>();
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            var version = Version(name, ("model.onnx", new string(name[0], 100)));
            versions.Add(version);
            await cache.GetAsync(version, CancellationToken.None);
            // The second use notes the time.
            await cache.GetAsync(version, CancellationToken.None);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        cache.Trim(new HashSet<string> { versions[0].Digest });

        Assert.Equal(new[] { versions[0].Digest, versions[3].Digest }.Order(), Entries());
    }

    private ModelCache Cache(long maxBytes = 1 << 30) =>
        new(
            _folder.Path,
            () => new RegistryClient(new HttpClient(_blobs, disposeHandler: false) { BaseAddress = new Uri("http://registry") }),
            Options.Create(new ServingOptions { CacheMaxBytes = maxBytes }),
            _clock,
            NullLogger<ModelCache>.Instance
        );

    private ServedModelVersion Version(string name, params (string Path, string Content)[] files) =>
        new()
        {
            Model = name,
            Version = 1,
            Digest = Digest(name),
            ModelFile = "model.onnx",
            Files =
            [
                .. files.Select(file =>
                {
                    var bytes = Encoding.UTF8.GetBytes(file.Content);
                    _blobs.Content[Digest(file.Content)] = bytes;
                    return new ServedFile(file.Path, Digest(file.Content), bytes.Length);
                }),
            ],
        };

    private string[] Entries() => [.. Directory.GetFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)).Order()];

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed class Blobs : HttpMessageHandler
    {
        private int _requests;

        public Dictionary<string, byte[]> Content { get; } = [];

        public int Requests => _requests;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _requests);
            return Task.FromResult(
                Content.TryGetValue(request.RequestUri!.Segments[^1], out var bytes)
                    ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) }
                    : new HttpResponseMessage(HttpStatusCode.NotFound)
            );
        }
    }
}
