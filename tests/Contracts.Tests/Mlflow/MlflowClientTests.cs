using System.Globalization;
using System.Net;
using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;

namespace Slipway.Contracts.Tests.Mlflow;

public sealed class MlflowClientTests
{
    private const string Exists = """{"error_code":"RESOURCE_ALREADY_EXISTS","message":"it exists"}""";

    [Fact]
    public async Task GetOrCreateExperimentAsync_LostRace_AnswersWithTheWinners()
    {
        using var handler = new RecordingHandler(
            (HttpStatusCode.NotFound, """{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no"}"""),
            (HttpStatusCode.BadRequest, Exists),
            (HttpStatusCode.OK, """{"experiment":{"experiment_id":"7","name":"a b"}}""")
        );

        var id = await Client(handler).GetOrCreateExperimentAsync("a b");

        Assert.Equal("7", id);
        Assert.Equal("/api/2.0/mlflow/experiments/get-by-name?experiment_name=a%20b", handler.Requests[0].Path);
        Assert.Equal("""{"name":"a b"}""", handler.Requests[1].Body);
    }

    [Fact]
    public async Task EnsureRegisteredModelAsync_Existing_IsFine()
    {
        using var handler = new RecordingHandler((HttpStatusCode.BadRequest, Exists));

        await Client(handler).EnsureRegisteredModelAsync("m");

        Assert.Single(handler.Requests);
    }

    [Fact]
    public async Task GetRunAsync_Refused_CarriesMlflowsCode()
    {
        using var handler = new RecordingHandler(
            (HttpStatusCode.NotFound, """{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no run"}""")
        );

        var error = await Assert.ThrowsAsync<ApiException>(() => Client(handler).GetRunAsync("x"));

        Assert.Equal("RESOURCE_DOES_NOT_EXIST", error.Code);
        Assert.Equal(HttpStatusCode.NotFound, error.Status);
        Assert.Contains("no run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogBatchAsync_ManyItems_IsCutToMlflowsLimits()
    {
        using var handler = new RecordingHandler((HttpStatusCode.OK, "{}"));
        var metrics = Enumerable
            .Range(0, 2001)
            .Select(i => new MlflowMetric
            {
                Key = "m",
                Value = i,
                Timestamp = i,
            })
            .ToList();
        var parameters = Enumerable.Range(0, 101).ToDictionary(i => i.ToString(CultureInfo.InvariantCulture), _ => "v");

        await Client(handler).LogBatchAsync("r", metrics, parameters);

        Assert.Equal(5, handler.Requests.Count);
        Assert.All(handler.Requests, r => Assert.Equal("/api/2.0/mlflow/runs/log-batch", r.Path));
    }

    [Fact]
    public async Task UploadArtifactAsync_OddNames_AreEscapedBySegment()
    {
        using var handler = new RecordingHandler((HttpStatusCode.OK, "{}"));
        using var content = new MemoryStream("x"u8.ToArray());

        await Client(handler).UploadArtifactAsync("mlflow-artifacts:/1/r/artifacts", "a dir/b#c.txt", content);

        Assert.Equal(("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20dir/b%23c.txt", "x"), handler.Requests[0]);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task GetVersionByAliasAsync_Unknown_IsNull(HttpStatusCode status)
    {
        using var handler = new RecordingHandler((status, """{"error_code":"INVALID_PARAMETER_VALUE","message":"no alias"}"""));

        Assert.Null(await Client(handler).GetVersionByAliasAsync("m", "production"));
    }

    [Fact]
    public async Task GetVersionByAliasAsync_ServerError_IsNotNull()
    {
        using var handler = new RecordingHandler((HttpStatusCode.ServiceUnavailable, "{}"));

        await Assert.ThrowsAsync<ApiException>(() => Client(handler).GetVersionByAliasAsync("m", "production"));
    }

    private static MlflowClient Client(RecordingHandler handler) =>
        new(new HttpClient(handler) { BaseAddress = new Uri("http://registry/") });
}
