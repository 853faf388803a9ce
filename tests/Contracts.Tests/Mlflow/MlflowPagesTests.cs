using System.Net;
using System.Text.Json;
using Slipway.Contracts.Mlflow;

namespace Slipway.Contracts.Tests.Mlflow;

public sealed class MlflowPagesTests
{
    /// <summary>MLflow leaves an empty list out; a caller that walks over it must not meet null.</summary>
    [Fact]
    public async Task Pages_WhoseListIsLeftOut_AreEmpty()
    {
        using var handler = new RecordingHandler((HttpStatusCode.OK, "{}"), (HttpStatusCode.OK, "{}"), (HttpStatusCode.OK, "{}"));
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://registry") };
        var client = new MlflowClient(http);

        Assert.Empty((await client.SearchRunsAsync(new SearchRunsRequest { ExperimentIds = ["1"] })).Runs);
        Assert.Empty(await client.ListArtifactsAsync("r"));
        Assert.Empty(await client.GetMetricHistoryAsync("r", "mae"));
    }

    [Fact]
    public void Pages_WithAList_KeepItBothWays()
    {
        const string json = """{"model_versions":[{"name":"m","version":"3"}],"next_page_token":"t"}""";

        var page = JsonSerializer.Deserialize(json, MlflowJson.For<ModelVersionPage>())!;

        Assert.Equal("3", Assert.Single(page.ModelVersions).Version);
        using var document = JsonDocument.Parse(JsonSerializer.Serialize(page, MlflowJson.For<ModelVersionPage>()));
        Assert.Equal("m", document.RootElement.GetProperty("model_versions")[0].GetProperty("name").GetString());
        Assert.Equal("{}", JsonSerializer.Serialize(new RunPage([], null), MlflowJson.For<RunPage>()));
    }
}
