using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>What MLflow's own servers, 2.17.2 and 3.11.2, were seen to do wrong: each is done right here.</summary>
public sealed class RealServerBugTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;
    private readonly string _name = $"bugs-{Guid.NewGuid():N}";

    [Theory]
    [InlineData("")]
    [InlineData("&max_results=0")]
    public async Task GetHistory_WithoutALimit_GivesEveryPointAndNoToken(string limit)
    {
        var run = await _host.NewRunAsync();
        for (var step = 0; step < 3; step++)
        {
            await _host.PostOkAsync("runs/log-metric", Metric(run, "m", "1", step));
        }

        var history = await _host.GetOkAsync($"metrics/get-history?run_id={run}&metric_key=m{limit}");

        Assert.Equal([0L, 1L, 2L], history.List("metrics").Select(m => (long)m["step"]!));
        Assert.Null(history["next_page_token"]);
    }

    [Theory]
    [InlineData("= 0", 0)]
    [InlineData("< 0.5", 0)]
    [InlineData("> 0", 0)]
    [InlineData("!= 0", 1)]
    public async Task SearchRuns_NaN_IsNoNumber(string comparison, int found)
    {
        var experiment = await _host.NewExperimentAsync();
        await _host.PostOkAsync("runs/log-metric", Metric(await _host.NewRunAsync(experiment), "x", "NaN", 0));

        var page = await _host.PostOkAsync(
            "runs/search",
            $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.x {{comparison}}"}"""
        );

        Assert.Equal(found, page.List("runs").Count());
    }

    [Fact]
    public async Task LogBatch_OfANaNThatIsThere_IsSilent()
    {
        var run = await _host.NewRunAsync();
        var batch =
            $$"""{"run_id":"{{run}}","metrics":[{"key":"x","value":"NaN","timestamp":1,"step":0},{"key":"y","value":1,"timestamp":1}]}""";
        await _host.PostOkAsync("runs/log-metric", Metric(run, "x", "NaN", 0));
        await _host.PostOkAsync("runs/log-batch", batch);
        await _host.PostOkAsync("runs/log-batch", batch);

        Assert.Single((await _host.GetOkAsync($"metrics/get-history?run_id={run}&metric_key=x")).List("metrics"));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"1\"")]
    public async Task DeleteVersion_LeavesNoAliasBehind(string version)
    {
        await CreateVersionsAsync(2);
        await _host.PostOkAsync("registered-models/alias", $$"""{"name":"{{_name}}","alias":"best","version":"1"}""");

        await _host.OkAsync(HttpMethod.Delete, "model-versions/delete", $$"""{"name":"{{_name}}","version":{{version}}}""");

        Assert.Null((await _host.GetOkAsync($"registered-models/get?name={_name}"))["registered_model"]!["aliases"]);
        await _host.RefusedAsync(
            HttpMethod.Get,
            $"registered-models/alias?name={_name}&alias=best",
            null,
            (400, "INVALID_PARAMETER_VALUE"),
            "Registered model alias best not found."
        );
    }

    [Fact]
    public async Task AliasLatest_IsTheNewestVersionWhateverItsStage()
    {
        await CreateVersionsAsync(3);
        await _host.PostOkAsync("model-versions/transition-stage", $$"""{"name":"{{_name}}","version":"1","stage":"Archived"}""");
        await _host.PostOkAsync("model-versions/transition-stage", $$"""{"name":"{{_name}}","version":"3","stage":"Production"}""");

        foreach (var alias in (string[])["latest", "Latest"])
        {
            var found = await _host.GetOkAsync($"registered-models/alias?name={_name}&alias={alias}");
            Assert.Equal("3", found.Text("model_version", "version"));
        }
    }

    [Theory]
    [InlineData("GET", "experiments/get?experiment_id=99999999999999999999999", null)]
    [InlineData("GET", "registered-models/search?filter=name%20LIKE%20%27%25%27%20%27", null)]
    [InlineData("GET", "registered-models/search?order_by=name%3BDROP", null)]
    [InlineData("POST", "runs/search", """{"experiment_ids":["0"],"filter":"metrics.x > 1e999"}""")]
    [InlineData("POST", "runs/search", """{"experiment_ids":["0"],"filter":"attributes.start_time > 99999999999999999999"}""")]
    [InlineData("POST", "runs/log-metric", """{"run_id":"00000000000000000000000000000000","key":"m","value":1,"timestamp":1}""")]
    [InlineData("POST", "runs/create", """{"experiment_id":"0","start_time":"99999999999999999999"}""")]
    [InlineData("POST", "model-versions/create", """{"name":"none","source":"/etc/passwd"}""")]
    public async Task Error_TellsNothingOfTheServersInside(string method, string route, string? json)
    {
        var (status, body) = await _host.SendAsync(new HttpMethod(method), route, json);

        Assert.InRange(status, 200, 499);
        foreach (var word in (string[])["SELECT", "INSERT", "UPDATE ", "Npgsql", "Exception", "   at ", _host.DataPath, "pg_", "SQLSTATE"])
        {
            Assert.DoesNotContain(word, body.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("POST", "experiments/create", "[]")]
    [InlineData("POST", "runs/log-batch", "[1,2]")]
    [InlineData("POST", "webhooks", """{"name":"a","url":"https://1.1.1.1/","events":[{"entity":"NOTHING","action":"CREATED"}]}""")]
    [InlineData("POST", "webhooks", """{"name":"a","url":"https://1.1.1.1/","events":[{"entity":"MODEL_VERSION","action":"NOTHING"}]}""")]
    [InlineData("POST", "runs/search", """{"experiment_ids":["0"],"order_by":["metrics.a","metrics.a DESC"]}""")]
    [InlineData("GET", "registered-models/search?order_by=name&order_by=name%20DESC", null)]
    [InlineData("GET", "registered-models/search?order_by=timestamp&order_by=last_updated_timestamp", null)]
    [InlineData("GET", "model-versions/search?order_by=name&order_by=name", null)]
    [InlineData("POST", "experiments/search", """{"max_results":5,"order_by":["name","name"]}""")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"order_by":[{"field_name":"name"},{"field_name":"name"}]}""")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["0"],"filter":"nothing = 'x'"}""")]
    [InlineData("POST", "logged-models/search", """{"experiment_ids":["abc"]}""")]
    [InlineData("POST", "runs/search", """{"experiment_ids":["abc"]}""")]
    [InlineData("POST", "experiments/search-datasets", """{"experiment_ids":["abc"]}""")]
    [InlineData("POST", "runs/update", """{"run_id":"RUN","status":"NOTHING"}""")]
    [InlineData("POST", "runs/search", """{"experiment_ids":["0"],"run_view_type":"NOTHING"}""")]
    [InlineData("GET", "experiments/search?max_results=1&view_type=NOTHING", null)]
    [InlineData("GET", "registered-models/search?max_results=0", null)]
    public async Task Request_ThatMeansNothing_IsTheClientsMistakeAndSaidSo(string method, string route, string? json)
    {
        var run = await _host.NewRunAsync();
        var (status, body) = await _host.SendAsync(new HttpMethod(method), route, json?.Replace("RUN", run, StringComparison.Ordinal));

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
    }

    [Fact]
    public async Task Artifacts_FilesAndFolders_AreNeverTakenForEachOther()
    {
        Assert.Equal(200, (await _host.PutArtifactAsync($"{_name}/d/f.txt", "0123456789"u8.ToArray())).Status);

        Assert.Equal(404, await StatusAsync(HttpMethod.Get, $"{_name}/d"));
        Assert.Equal(400, (await _host.PutArtifactAsync($"{_name}/d/f.txt/below", [1])).Status);
        Assert.Equal(400, (await _host.PutArtifactAsync($"{_name}/d", [1])).Status);
        var listed = JsonNode.Parse(
            await _host.Http.GetStringAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts?path={_name}", UriKind.Relative))
        )!;
        Assert.Equal("""{"path":"d","is_dir":true}""", listed.List("files").Single().ToJsonString());
    }

    [Fact]
    public async Task Artifacts_EmptyFile_HasASize()
    {
        Assert.Equal(200, (await _host.PutArtifactAsync($"{_name}/empty", [])).Status);

        var listed = JsonNode.Parse(
            await _host.Http.GetStringAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts?path={_name}", UriKind.Relative))
        )!;

        Assert.Equal("""{"path":"empty","is_dir":false,"file_size":0}""", listed.List("files").Single().ToJsonString());
    }

    [Fact]
    public async Task Artifacts_Range_IsHeeded()
    {
        await _host.PutArtifactAsync($"{_name}/r.txt", "0123456789"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/2.0/mlflow-artifacts/artifacts/{_name}/r.txt");
        request.Headers.Range = new RangeHeaderValue(3, 5);
        using var response = await _host.Http.SendAsync(request);

        Assert.Equal((206, "345"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task SearchLoggedModels_ByDatasetWithoutDigest_Matches()
    {
        var experiment = await _host.NewExperimentAsync();
        var run = await _host.NewRunAsync(experiment);
        var model = (await _host.PostOkAsync("logged-models", $$"""{"experiment_id":"{{experiment}}"}""")).Text(
            "model",
            "info",
            "model_id"
        );
        await _host.PostOkAsync(
            "runs/log-batch",
            $$"""
            {"run_id":"{{run}}","metrics":[{"key":"acc","value":0.5,"timestamp":1,"model_id":"{{model}}","dataset_name":"d","dataset_digest":"1"}]}
            """
        );

        var found = await _host.PostOkAsync(
            "logged-models/search",
            $$"""{"experiment_ids":["{{experiment}}"],"filter":"metrics.acc > 0.1","datasets":[{"dataset_name":"d"}]}"""
        );

        Assert.Equal(model, found.List("models").Single().Text("info", "model_id"));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("s3")]
    [InlineData("ftp")]
    [InlineData("hdfs")]
    public async Task Version_WithASourceElsewhere_MakesTheServerCallNobody(string scheme)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var source = $"{scheme}://{listener.LocalEndpoint}/bucket/model";
        await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{_name}}"}""");
        await _host.PostOkAsync("model-versions/create", $$"""{"name":"{{_name}}","source":"{{source}}"}""");
        await _host.VettedAsync(_name, 1);

        using var file = await _host.Http.GetAsync(
            new Uri($"model-versions/get-artifact?name={_name}&version=1&path=MLmodel", UriKind.Relative)
        );

        Assert.Equal(HttpStatusCode.NotFound, file.StatusCode);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task RunWithoutExperiment_IsOneOfTheDefault()
    {
        var created = await _host.PostOkAsync("runs/create", "{}");

        Assert.Equal("0", created.Text("run", "info", "experiment_id"));
    }

    private static string Metric(string run, string key, string value, int step) =>
        $$"""{"run_id":"{{run}}","key":"{{key}}","value":"{{value}}","timestamp":1,"step":{{step}}}""";

    private async Task CreateVersionsAsync(int count)
    {
        await _host.PostOkAsync("registered-models/create", $$"""{"name":"{{_name}}"}""");
        for (var i = 0; i < count; i++)
        {
            await _host.PostOkAsync("model-versions/create", $$"""{"name":"{{_name}}","source":"s3://bucket/a"}""");
        }
    }

    private async Task<int> StatusAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, $"api/2.0/mlflow-artifacts/artifacts/{path}");
        using var response = await _host.Http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
