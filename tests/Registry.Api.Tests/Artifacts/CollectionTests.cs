using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.Registry.Api.Artifacts.Collection;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Artifacts;

public sealed class CollectionTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    private BlobCollector Collector => _host.Services.GetRequiredService<BlobCollector>();

    [Fact]
    public async Task Pass_BlobWithoutReference_IsDeletedAfterItsGraceTimeOnly()
    {
        await _host.PutArtifactAsync("1/gc/gone", "gone"u8.ToArray());
        await _host.PutArtifactAsync("1/gc/stays", "stays"u8.ToArray());
        await DeleteAsync("1/gc/gone");

        await PassAsync();
        Assert.True(File.Exists(FileOf("gone")));
        await AgeAsync("gone");
        await PassAsync();

        Assert.False(File.Exists(FileOf("gone")));
        Assert.True(File.Exists(FileOf("stays")));
    }

    [Fact]
    public async Task Pass_BlobOfAVersionOrOfAnOpenUpload_Stays()
    {
        await _host.PutArtifactAsync("1/gc/model/model.onnx", "of a version"u8.ToArray());
        await _host.Mlflow.EnsureRegisteredModelAsync("gc");
        await _host.Mlflow.CreateModelVersionAsync("gc", "mlflow-artifacts:/1/gc/model", null);
        await DeleteAsync("1/gc/model");

        await PassAsync();
        await AgeAsync("of a version");
        await PassAsync();
        Assert.True(File.Exists(FileOf("of a version")));

        await _host.SendAsync(HttpMethod.Delete, "registered-models/delete", """{"name":"gc"}""");
        await PassAsync();
        await AgeAsync("of a version");
        await PassAsync();
        Assert.False(File.Exists(FileOf("of a version")));
    }

    [Fact]
    public async Task Put_OfContentThatWaitsForCollection_KeepsIt()
    {
        await _host.PutArtifactAsync("1/gc/again", "again"u8.ToArray());
        await DeleteAsync("1/gc/again");
        await PassAsync();
        await AgeAsync("again");

        await _host.PutArtifactAsync("1/gc/again2", "again"u8.ToArray());
        await PassAsync();

        Assert.Equal("again", await GetAsync("1/gc/again2"));
    }

    [Fact]
    public async Task Put_WhileTheSameContentIsBeingCollected_PlacesItAnew()
    {
        await _host.PutArtifactAsync("1/gc/race", "race"u8.ToArray());
        await DeleteAsync("1/gc/race");

        // The collector has deleted row and file and is about to commit.
        File.Delete(FileOf("race"));
        var (status, _) = await Race.AgainstAsync(
            _host,
            $"DELETE FROM blobs WHERE sha256 = '{Digest("race")}'",
            () => _host.PutArtifactAsync("1/gc/race2", "race"u8.ToArray())
        );

        Assert.Equal(200, status);
        Assert.Equal("race", await GetAsync("1/gc/race2"));
    }

    [Fact]
    public async Task Sweep_WhileTheSameContentIsBeingReferredTo_LeavesIt()
    {
        await _host.PutArtifactAsync("1/gc/late", "late"u8.ToArray());
        await DeleteAsync("1/gc/late");
        await Collector.MarkAsync(CancellationToken.None);
        await AgeAsync("late");

        // An upload has placed the file and is about to commit.
        await Race.AgainstAsync(
            _host,
            $"INSERT INTO artifacts (path, sha256, size_bytes, updated_at) VALUES ('1/gc/late2', '{Digest("late")}', 4, now())",
            async () =>
            {
                await Collector.SweepAsync(TimeSpan.FromHours(1), CancellationToken.None);
                return true;
            }
        );

        Assert.Equal("late", await GetAsync("1/gc/late2"));
    }

    [Fact]
    public async Task Sweep_AmongUploadsAndDeletesOfOneContent_NeverLosesWhatWasAcknowledged()
    {
        using var stop = new CancellationTokenSource();
        var sweeping = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Collector.MarkAsync(CancellationToken.None);
                await Collector.SweepAsync(TimeSpan.Zero, CancellationToken.None);
            }
        });
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async writer =>
                {
                    for (var i = 0; i < 40; i++)
                    {
                        var path = $"5/storm/{writer}";
                        Assert.Equal(200, (await _host.PutArtifactAsync(path, "storm"u8.ToArray())).Status);
                        Assert.Equal("storm", await GetAsync(path));
                        await DeleteAsync(path);
                    }
                })
        );
        await stop.CancelAsync();
        await sweeping;
    }

    [Fact]
    public async Task Pass_FileWithoutARow_IsTakenUpAndCollected()
    {
        // What an upload leaves that is killed between placing and committing.
        var file = FileOf("stray");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "stray");
        await PassAsync();
        Assert.True(File.Exists(file));
        Assert.Equal(0, await _host.CountAsync($"SELECT count(*) FROM blobs WHERE sha256 = '{Digest("stray")}'"));

        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddDays(-2));
        await PassAsync();
        await AgeAsync("stray");
        await PassAsync();

        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Pass_RunsAndExperimentsDeletedLongAgo_AreRemovedWithTheirArtifacts()
    {
        var experiment = await _host.Mlflow.GetOrCreateExperimentAsync("to be forgotten");
        var run = (await _host.Mlflow.CreateRunAsync(experiment, "run")).Info;
        var kept = (await _host.Mlflow.CreateRunAsync("0", "kept")).Info;
        await _host.PutArtifactAsync($"{experiment}/{run.RunId}/artifacts/a", "of the run"u8.ToArray());
        await _host.PutArtifactAsync($"0/{kept.RunId}/artifacts/model/model.onnx", "of a run with a version"u8.ToArray());
        await _host.Mlflow.EnsureRegisteredModelAsync("kept run");
        await _host.Mlflow.CreateModelVersionAsync("kept run", $"runs:/{kept.RunId}/model", kept.RunId);
        await _host.PostAsync("experiments/delete", $$"""{"experiment_id":"{{experiment}}"}""");
        await _host.PostAsync("runs/delete", $$"""{"run_id":"{{kept.RunId}}"}""");

        await PassAsync();
        Assert.Equal(200, (await _host.GetAsync($"runs/get?run_id={run.RunId}")).Status);
        await _host.ExecuteAsync("UPDATE runs SET deleted_at = deleted_at - interval '31 days'");
        await _host.ExecuteAsync("UPDATE experiments SET deleted_at = deleted_at - interval '31 days'");
        var report = await _host.Registry.GetStorageAsync();
        await PassAsync();

        Assert.Equal((1, 1), (report.CollectableRuns, report.CollectableExperiments));
        Assert.Equal(404, (await _host.GetAsync($"runs/get?run_id={run.RunId}")).Status);
        Assert.Equal(404, (await _host.GetAsync($"experiments/get?experiment_id={experiment}")).Status);
        Assert.Equal(0, await _host.CountAsync($"SELECT count(*) FROM artifacts WHERE path LIKE '{experiment}/%'"));
        Assert.Equal(200, (await _host.GetAsync($"runs/get?run_id={kept.RunId}")).Status);
    }

    [Fact]
    public async Task Restore_TakesTheDeletionBack()
    {
        var run = (await _host.Mlflow.CreateRunAsync("0", "restored")).Info;
        await _host.PostAsync("runs/delete", $$"""{"run_id":"{{run.RunId}}"}""");
        await _host.PostAsync("runs/restore", $$"""{"run_id":"{{run.RunId}}"}""");

        Assert.Equal(1, await _host.CountAsync($"SELECT count(*) FROM runs WHERE run_id = '{run.RunId}' AND deleted_at IS NULL"));
    }

    [Fact]
    public async Task Report_SaysWhatACollectionWouldDelete()
    {
        await using var host = await RegistryHost.StartAsync();
        await host.PutArtifactAsync("1/report/a", new byte[100]);
        await host.PutArtifactAsync("1/report/same", new byte[100]);
        await host.PutArtifactAsync("1/report/b", new byte[7]);
        await host.PutArtifactAsync("1/report/c", new byte[5]);
        await DeleteAsync("1/report/b", host);
        await DeleteAsync("1/report/c", host);
        await PassAsync(host);
        await host.ExecuteAsync("UPDATE blobs SET unreferenced_since = unreferenced_since - interval '2 days' WHERE size_bytes = 7");

        var report = await host.Registry.GetStorageAsync();

        Assert.Equal((3, 112), (report.Blobs, report.Bytes));
        Assert.Equal((2, 12), (report.UnreferencedBlobs, report.UnreferencedBytes));
        Assert.Equal((1, 7), (report.CollectableBlobs, report.CollectableBytes));
        Assert.Equal([7, 5], report.Unreferenced.Select(b => b.SizeBytes));
        using var asked = await host.Http.PostAsync(new Uri("api/v1/storage/collect", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        await Slipway.Testing.Eventually.TrueAsync(async () => (await host.Registry.GetStorageAsync()).CollectableBlobs == 0);
        Assert.Equal((2, 105), ((await host.Registry.GetStorageAsync()).Blobs, (await host.Registry.GetStorageAsync()).Bytes));
    }

    private static string Digest(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private string FileOf(string content) => Path.Combine(_host.DataPath, "registry", "blobs", Digest(content)[..2], Digest(content));

    private Task AgeAsync(string content) =>
        _host.ExecuteAsync(
            $"UPDATE blobs SET unreferenced_since = unreferenced_since - interval '2 days' WHERE sha256 = '{Digest(content)}'"
        );

    private Task<bool> PassAsync(RegistryHost? host = null) =>
        (host ?? _host).Services.GetServices<IHostedService>().OfType<CollectionWorker>().Single().RunOnceAsync(CancellationToken.None);

    private Task<string> GetAsync(string path) =>
        _host.Http.GetStringAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative));

    private async Task DeleteAsync(string path, RegistryHost? host = null)
    {
        using var response = await (host ?? _host).Http.DeleteAsync(
            new Uri($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative)
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
