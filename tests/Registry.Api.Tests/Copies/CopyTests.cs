using System.Net;
using Slipway.Contracts.Http;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Tests.Support;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Copies;

/// <summary>Versions that travel between two registries.</summary>
public sealed class CopyTests(CopyFixture fixture) : IClassFixture<CopyFixture>
{
    private readonly RegistryHost _source = fixture.Source;
    private readonly RegistryHost _target = fixture.Target;

    [Fact]
    public async Task Copy_AVersion_ArrivesWithDigestsNumbersAndOrigin()
    {
        var files = new Dictionary<string, byte[]>(Files.Good) { ["extra/notes.txt"] = "words"u8.ToArray() };
        var (runId, _) = await _source.RegisterAsync(
            "wine",
            files,
            new Dictionary<string, double> { ["mae"] = 3.5 },
            new Dictionary<string, string> { ["team"] = "cellar" }
        );
        await _source.Mlflow.LogBatchAsync(runId, [], new Dictionary<string, string> { ["depth"] = "3" });
        await _source.PostAsync("model-versions/set-tag", """{"name":"wine","version":"1","key":"owner","value":"ann"}""");

        var done = await CopyAsync("wine", 1, "wine-prod");
        var again = await _target.Registry.CopyAsync(Request("wine", 1, "wine-prod"));

        Assert.True(done.Status == "completed", done.Detail);
        Assert.Equal((1, 2, 2), (done.TargetVersion, done.FilesDone, done.FilesTotal));
        Assert.Equal((done.Id, "completed"), (again.Id, again.Status));
        var there = (await _source.Registry.FindVersionAsync("wine", 1))!;
        var here = (await _target.Registry.FindVersionAsync("wine-prod", 1))!;
        Assert.Equal(there.Files, here.Files);
        Assert.Equal(3.5, here.Metrics["mae"]);
        Assert.Equal(
            ("ann", "wine", "1", runId),
            (here.Tags["owner"], here.Tags[CopyTags.Model], here.Tags[CopyTags.Version], here.Tags[CopyTags.RunId])
        );
        var run = await _target.Mlflow.GetRunAsync(here.RunId!);
        Assert.Equal("3", run.Data.Params.Single(p => p.Key == "depth").Value);
        Assert.Equal("cellar", run.Data.Tags.Single(t => t.Key == "team").Value);
        Assert.Equal("passed", (await _target.VettedAsync("wine-prod", 1)).VettingStatus);
        Assert.Single((await _target.Registry.FindModelAsync("wine-prod"))!.Versions);
    }

    [Fact]
    public async Task Copy_DamagedThereThenRepaired_FailsWholeAndGoesOn()
    {
        var files = new Dictionary<string, byte[]>(Files.Good) { ["zz.bin"] = "the right bytes"u8.ToArray() };
        await _source.RegisterAsync("hurt", files);
        var digest = (await _source.Registry.FindVersionAsync("hurt", 1))!.Files.Single(f => f.Path == "zz.bin").Sha256;
        var path = Directory.GetFiles(_source.DataPath, digest, SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(path, "the wrong bytes");

        var failed = await CopyAsync("hurt", 1, null);
        Assert.Equal("failed", failed.Status);
        Assert.Null((await _target.Registry.FindModelAsync("hurt")));

        await File.WriteAllBytesAsync(path, files["zz.bin"]);
        var done = await CopyAsync("hurt", 1, null);

        Assert.Equal((failed.Id, "completed"), (done.Id, done.Status));
        Assert.Equal(
            (await _source.Registry.FindVersionAsync("hurt", 1))!.Files,
            (await _target.Registry.FindVersionAsync("hurt", 1))!.Files
        );
    }

    [Fact]
    public async Task Copy_OfNothing_FailsWithTheReason()
    {
        var failed = await CopyAsync("nothing", 7, null);

        Assert.Equal("failed", failed.Status);
        Assert.Contains("no version 7", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_FromElsewhere_IsRefusedAndNobodyIsCalled()
    {
        foreach (
            var from in (string[])
                [
                    $"http://{fixture.Forbidden.LocalEndpoint}",
                    "http://169.254.169.254/",
                    "file:///etc/passwd",
                    "nonsense",
                    "http://user@localhost/",
                ]
        )
        {
            var refused = await Assert.ThrowsAsync<ApiException>(() =>
                _target.Registry.CopyAsync(Request("m", 1, null) with { From = from })
            );
            Assert.Equal((HttpStatusCode.Forbidden, "unknown_source"), (refused.Status, refused.Code));
        }
        Assert.False(fixture.Forbidden.Pending());
    }

    [Fact]
    public async Task Copy_FromASourceThatRedirects_DoesNotFollow()
    {
        var asked = await _target.Registry.CopyAsync(Request("m", 1, null) with { From = fixture.Redirecting });

        var failed = await EndAsync(asked.Id);

        Assert.Equal("failed", failed.Status);
        Assert.False(fixture.Forbidden.Pending());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("2130706433")]
    public async Task Copy_FromAListedPrivateAddress_NeedsTheAllowance(string host)
    {
        var port = ((IPEndPoint)fixture.Forbidden.LocalEndpoint).Port;
        var from = $"http://{host}:{port}/";
        await using var target = await RegistryHost.StartAsync(("Registry:Copies:Sources:0:Url", from));

        var asked = await target.Registry.CopyAsync(Request("m", 1, null) with { From = from });
        var failed = await Eventually.GetAsync(async () =>
            await target.Registry.FindCopyAsync(asked.Id) is { Status: "completed" or "failed" } ended ? ended : null
        );

        Assert.Equal("failed", failed.Status);
        Assert.Contains("non-public", failed.Detail, StringComparison.Ordinal);
        Assert.False(fixture.Forbidden.Pending());
    }

    [Fact]
    public async Task CopyModelVersion_OnOneServer_SharesTheFiles()
    {
        await _source.RegisterAsync("staging-model", Files.Good);
        await _source.Mlflow.EnsureRegisteredModelAsync("prod-model");

        var (status, body) = await _source.PostAsync(
            "model-versions/create",
            """{"name":"prod-model","source":"models:/staging-model/1"}"""
        );

        Assert.True(status == 200, body.ToJsonString());
        Assert.Equal(
            (await _source.Registry.FindVersionAsync("staging-model", 1))!.Files,
            (await _source.Registry.FindVersionAsync("prod-model", 1))!.Files
        );
    }

    private CopyRequest Request(string model, int version, string? name) =>
        new()
        {
            From = _source.Http.BaseAddress!.AbsoluteUri,
            Model = model,
            Version = version,
            As = name,
        };

    private async Task<Copy> CopyAsync(string model, int version, string? name) =>
        await EndAsync((await _target.Registry.CopyAsync(Request(model, version, name))).Id);

    private Task<Copy> EndAsync(Guid id) =>
        Eventually.GetAsync(async () =>
            await _target.Registry.FindCopyAsync(id) is { Status: "completed" or "failed" } ended ? ended : null
        );
}
