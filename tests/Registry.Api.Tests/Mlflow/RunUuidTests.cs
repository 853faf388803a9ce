using System.Text;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Mlflow;

/// <summary>A run's id goes by two names, and every route about a run takes either.</summary>
public sealed class RunUuidTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("runs/update", "\"status\":\"FINISHED\"")]
    [InlineData("runs/log-metric", "\"key\":\"m\",\"value\":1,\"timestamp\":1")]
    [InlineData("runs/log-parameter", "\"key\":\"p\",\"value\":\"1\"")]
    [InlineData("runs/set-tag", "\"key\":\"t\",\"value\":\"1\"")]
    [InlineData("runs/delete-tag", "\"key\":\"mlflow.runName\"")]
    [InlineData("runs/log-batch", "\"tags\":[{\"key\":\"t\",\"value\":\"1\"}]")]
    [InlineData(
        "runs/log-model",
        "\"model_json\":\"{\\\"artifact_path\\\":\\\"a\\\",\\\"flavors\\\":{},\\\"utc_time_created\\\":\\\"x\\\",\\\"run_id\\\":\\\"r\\\"}\""
    )]
    [InlineData("runs/log-inputs", "\"datasets\":[{\"dataset\":{\"name\":\"d\",\"digest\":\"1\",\"source_type\":\"l\",\"source\":\"s\"}}]")]
    [InlineData("runs/outputs", "\"models\":[{\"model_id\":\"m-1\",\"step\":0}]")]
    [InlineData("artifacts/presigned-upload-url", "\"path\":\"a.txt\"")]
    [InlineData("runs/delete", "")]
    [InlineData("runs/restore", "")]
    public async Task Post_UnderEitherName_IsAboutTheRun(string route, string members)
    {
        foreach (var name in (string[])["run_id", "run_uuid", "runId", "runUuid"])
        {
            var run = await _host.NewRunAsync();
            var json = $$"""{"{{name}}":"{{run}}"{{(members.Length == 0 ? "" : ",")}}{{members}}}""";

            await _host.PostOkAsync(route, json);
        }
    }

    [Theory]
    [InlineData("runs/get?")]
    [InlineData("artifacts/list?")]
    [InlineData("metrics/get-history?metric_key=m&")]
    [InlineData("metrics/get-history-bulk?metric_key=m&")]
    public async Task Get_UnderEitherName_IsAboutTheRun(string route)
    {
        var run = await _host.NewRunAsync();
        await _host.PostOkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":1,"timestamp":1}""");

        var first = await _host.GetOkAsync($"{route}run_id={run}");
        var second = await _host.GetOkAsync($"{route}run_uuid={run}");

        Assert.NotEqual("{}", first.ToJsonString());
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
    }

    [Theory]
    [InlineData("run_id")]
    [InlineData("run_uuid")]
    public async Task Artifacts_OfPages_TakeEitherName(string name)
    {
        var run = await _host.NewRunAsync();
        using var content = new StringContent("text", Encoding.UTF8, "text/plain");
        using var put = await _host.Http.PostAsync(
            new Uri($"ajax-api/2.0/mlflow/upload-artifact?{name}={run}&path=a.txt", UriKind.Relative),
            content
        );

        Assert.Equal(200, (int)put.StatusCode);
        Assert.Equal("text", await _host.Http.GetStringAsync(new Uri($"get-artifact?{name}={run}&path=a.txt", UriKind.Relative)));
    }

    [Fact]
    public async Task RunInfo_CarriesBothNames()
    {
        var run = await _host.NewRunAsync();

        var info = (await _host.GetOkAsync($"runs/get?run_id={run}"))["run"]!["info"]!;

        Assert.Equal((run, run), (info.Text("run_id"), info.Text("run_uuid")));
    }
}
