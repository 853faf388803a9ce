using System.Text;
using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>The typed client's whole surface against a real registry.</summary>
public sealed class MlflowClientSurfaceTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private static readonly Dictionary<string, string> s_tags = new() { ["team"] = "bikes" };
    private readonly MlflowClient _client = fixture.Host.Mlflow;

    [Fact]
    public async Task Experiments_CreateTagRenameDeleteRestoreAndSearch_Work()
    {
        var id = await _client.CreateExperimentAsync("client 1", tags: s_tags);
        await _client.CreateExperimentAsync("client 2");
        await _client.CreateExperimentAsync("client 3");
        await _client.SetExperimentTagAsync(id, "k", "v");
        await _client.DeleteExperimentTagAsync(id, "team");
        await _client.RenameExperimentAsync(id, "client 0");

        var experiment = (await _client.GetExperimentByNameAsync("client 0"))!;
        Assert.Equal((id, "k"), (experiment.ExperimentId, Assert.Single(experiment.Tags).Key));
        Assert.Null(await _client.GetExperimentByNameAsync("client 1"));
        var found = await ListAsync(_client.SearchExperimentsAsync("name LIKE 'client _'", ["name DESC"], pageSize: 2));
        Assert.Equal(["client 3", "client 2", "client 0"], found.Select(e => e.Name));

        await _client.DeleteExperimentAsync(id);
        Assert.Equal("deleted", (await _client.GetExperimentAsync(id)).LifecycleStage);
        await _client.RestoreExperimentAsync(id);
        Assert.Equal("active", (await _client.GetExperimentAsync(id)).LifecycleStage);
    }

    [Fact]
    public async Task Runs_LogDeleteRestoreAndSearch_Work()
    {
        var experiment = await _client.CreateExperimentAsync("client runs");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var run = (await _client.CreateRunAsync(experiment, $"run {i}", s_tags)).Info.RunId;
            await _client.LogParamAsync(run, "depth", $"{i}");
            await _client.LogMetricAsync(run, "mae", i, DateTimeOffset.UnixEpoch, step: 1);
            ids.Add(run);
        }
        await _client.DeleteTagAsync(ids[4], "team");
        await _client.DeleteRunAsync(ids[0]);

        var request = new SearchRunsRequest
        {
            ExperimentIds = [experiment],
            Filter = "tags.team = 'bikes' AND metrics.mae < 10",
            OrderBy = ["metrics.mae DESC"],
            MaxResults = 2,
        };
        Assert.Equal([ids[3], ids[2], ids[1]], (await ListAsync(_client.SearchAllRunsAsync(request))).Select(r => r.Info.RunId));
        await _client.RestoreRunAsync(ids[0]);
        Assert.Equal(4, (await ListAsync(_client.SearchAllRunsAsync(request))).Count);
        Assert.Equal(1, Assert.Single(await _client.GetMetricHistoryAsync(ids[1], "mae")).Step);
    }

    [Fact]
    public async Task Models_VersionsAliasesStagesAndTags_Work()
    {
        var model = await _client.CreateRegisteredModelAsync("client model", "text", s_tags);
        Assert.Equal(("text", "bikes"), (model.Description, Assert.Single(model.Tags).Value));
        await _client.SetRegisteredModelTagAsync("client model", "k", "v");
        await _client.DeleteRegisteredModelTagAsync("client model", "team");
        await _client.UpdateRegisteredModelAsync("client model", "other");
        for (var i = 0; i < 3; i++)
        {
            await _client.CreateModelVersionAsync("client model", "s3://bucket/model", tags: s_tags);
        }
        await _client.SetAliasAsync("client model", "best", "2");
        await _client.UpdateModelVersionAsync("client model", "2", "second");
        await _client.SetModelVersionTagAsync("client model", "2", "k", "v");
        await _client.DeleteModelVersionTagAsync("client model", "2", "team");
        await _client.TransitionModelVersionStageAsync("client model", "1", "Staging");
        await _client.TransitionModelVersionStageAsync("client model", "2", "staging", archiveExistingVersions: true);
        await _client.DeleteModelVersionAsync("client model", "3");

        var best = (await _client.GetVersionByAliasAsync("client model", "best"))!;
        Assert.Equal(("2", "second", "Staging", "k"), (best.Version, best.Description, best.CurrentStage, Assert.Single(best.Tags).Key));
        Assert.Equal("s3://bucket/model", await _client.GetModelVersionDownloadUriAsync("client model", "2"));
        Assert.Equal("2", Assert.Single(await _client.GetLatestVersionsAsync("client model", ["Staging"])).Version);
        Assert.Equal(
            ["2", "1"],
            (await ListAsync(_client.SearchModelVersionsAsync("name = 'client model'", ["version_number DESC"], pageSize: 1))).Select(v =>
                v.Version
            )
        );
        await _client.DeleteAliasAsync("client model", "best");
        Assert.Null(await _client.GetVersionByAliasAsync("client model", "best"));

        Assert.Equal("client renamed", (await _client.RenameRegisteredModelAsync("client model", "client renamed")).Name);
        Assert.Equal("other", Assert.Single(await ListAsync(_client.SearchRegisteredModelsAsync("name LIKE 'client%'"))).Description);
        await _client.DeleteRegisteredModelAsync("client renamed");
        var gone = await Assert.ThrowsAsync<ApiException>(() => _client.GetRegisteredModelAsync("client renamed"));
        Assert.Equal("RESOURCE_DOES_NOT_EXIST", gone.Code);
    }

    [Fact]
    public async Task LoggedModels_AndArtifacts_Work()
    {
        var experiment = await _client.CreateExperimentAsync("client logged");
        var model = await _client.CreateLoggedModelAsync(experiment, "net", parameters: s_tags, tags: s_tags);
        using (var file = new MemoryStream(Encoding.UTF8.GetBytes("weights")))
        {
            await _client.UploadArtifactAsync(model.Info.ArtifactUri, "w.bin", file);
        }
        await _client.FinalizeLoggedModelAsync(model.Info.ModelId, "LOGGED_MODEL_READY");
        await _client.SetLoggedModelTagsAsync(model.Info.ModelId, new Dictionary<string, string> { ["k"] = "v" });

        var got = await _client.GetLoggedModelAsync(model.Info.ModelId);
        Assert.Equal(("LOGGED_MODEL_READY", 2), (got.Info.Status, got.Info.Tags.Count));
        Assert.Single(await ListAsync(_client.SearchLoggedModelsAsync([experiment], "name = 'net'")));
        var path = ArtifactUri.Join(model.Info.ArtifactUri, "w.bin");
        await using (var stream = await _client.OpenArtifactAsync(path))
        using (var reader = new StreamReader(stream))
        {
            Assert.Equal("weights", await reader.ReadToEndAsync());
        }
        await _client.DeleteArtifactAsync(path);
        await Assert.ThrowsAsync<ApiException>(() => _client.OpenArtifactAsync(path));
        await _client.DeleteLoggedModelAsync(model.Info.ModelId);
        await Assert.ThrowsAsync<ApiException>(() => _client.GetLoggedModelAsync(model.Info.ModelId));
    }

    [Fact]
    public async Task InputsAndOutputs_OfARun_Work()
    {
        var experiment = await _client.CreateExperimentAsync("client links");
        var run = (await _client.CreateRunAsync(experiment, null)).Info.RunId;
        var model = (await _client.CreateLoggedModelAsync(experiment, "net", run)).Info.ModelId;
        var input = new MlflowDatasetInput
        {
            Tags = [new("mlflow.data.context", "training")],
            Dataset = new MlflowDataset
            {
                Name = "bikes",
                Digest = "1a2b",
                SourceType = "http",
                Source = """{"url":"https://data.example/bikes.csv"}""",
                Schema = "{}",
            },
        };

        await _client.LogInputsAsync(run, [input], [new MlflowModelInput(model)]);
        await _client.LogOutputsAsync(run, [new MlflowModelOutput(model, 7)]);

        var read = await _client.GetRunAsync(run);
        var dataset = Assert.Single(read.Inputs.DatasetInputs);
        Assert.Equal((input.Dataset, input.Tags.Single()), (dataset.Dataset, dataset.Tags.Single()));
        Assert.Equal(model, Assert.Single(read.Inputs.ModelInputs).ModelId);
        Assert.Equal(new MlflowModelOutput(model, 7), Assert.Single(read.Outputs!.ModelOutputs));
    }

    [Fact]
    public async Task Webhooks_Work()
    {
        MlflowWebhookEvent[] events = [new("MODEL_VERSION", "CREATED"), new("MODEL_VERSION_ALIAS", "CREATED")];
        var url = new Uri("https://1.1.1.1/hook");
        var created = await _client.CreateWebhookAsync("client", url, events, "secret", "words");
        var second = await _client.CreateWebhookAsync("client-2", url, events[..1]);
        Assert.Equal(("client", url.OriginalString, "ACTIVE", "words"), (created.Name, created.Url, created.Status, created.Description));
        Assert.Equal(events, created.Events);

        var updated = await _client.UpdateWebhookAsync(created.WebhookId, name: "renamed", events: events[1..], status: "DISABLED");
        Assert.Equal(("renamed", "DISABLED", "words"), (updated.Name, updated.Status, updated.Description));
        Assert.Equal(updated.Events, (await _client.GetWebhookAsync(created.WebhookId)).Events);
        var listed = (await ListAsync(_client.ListWebhooksAsync(pageSize: 1))).Select(hook => hook.WebhookId).ToList();
        Assert.True(listed.IndexOf(second.WebhookId) < listed.IndexOf(created.WebhookId));

        await _client.DeleteWebhookAsync(created.WebhookId);
        await _client.DeleteWebhookAsync(second.WebhookId);
        var gone = await Assert.ThrowsAsync<ApiException>(() => _client.GetWebhookAsync(created.WebhookId));
        Assert.Equal("RESOURCE_DOES_NOT_EXIST", gone.Code);
    }

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }
        return list;
    }
}
