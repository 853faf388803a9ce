using Slipway.Registry.Api.Runs;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Runs;

public sealed class MetricHistoryTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task GetHistory_WithoutMaxResults_GivesAllInOrder()
    {
        var run = await RunAsync((2, 0, "1"), (1, 5, "2"), (1, 3, "\"NaN\""), (1, 3, "7"), (1, -4, "0"));

        var page = await _host.GetOkAsync($"metrics/get-history?run_id={run}&metric_key=m");

        Assert.Equal("1:-4=0 1:3=7 1:3=NaN 1:5=2 2:0=1", Points(page));
        Assert.Null(page["next_page_token"]);
    }

    [Fact]
    public async Task GetHistory_Pages_CoverEveryPointOnceWhileMoreArrive()
    {
        var run = await RunAsync([.. Enumerable.Range(0, 25).Select(i => (10L, (long)i, "1"))]);
        var seen = new List<string>();
        for (string? token = ""; token is not null; )
        {
            var page = await _host.GetOkAsync(
                $"metrics/get-history?run_id={run}&metric_key=m&max_results=4&page_token={Uri.EscapeDataString(token)}"
            );
            seen.AddRange(page.List("metrics").Select(m => $"{m["timestamp"]}:{m["step"]}"));
            token = (string?)page["next_page_token"];
            // Points before the page's place: an offset would show some others twice.
            await LogAsync(run, (1, seen.Count, "0"));
        }
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"10:{i}"), seen.Where(s => s.StartsWith("10:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task GetHistoryBulk_SeveralRuns_AreListedRunByRun()
    {
        var (a, b) = (await RunAsync((1, 1, "1"), (2, 2, "2")), await RunAsync((1, 1, "3")));

        var all = await _host.GetOkAsync($"metrics/get-history-bulk?run_id={a}&run_id={b}&metric_key=m");
        var one = await _host.GetOkAsync($"metrics/get-history-bulk?run_id={a}&metric_key=m&max_results=1");

        var expected = new[] { (a, 1), (a, 2), (b, 3) }.OrderBy(e => e.Item1, StringComparer.Ordinal);
        Assert.Equal(expected, all.List("metrics").Select(m => (m.Text("run_id"), (int)m["value"]!)));
        Assert.Equal(1, (int)Assert.Single(one.List("metrics"))["step"]!);
    }

    [Fact]
    public async Task GetInterval_SamplesSteps_AndKeepsTheEndsOfEachRun()
    {
        var a = await RunAsync([.. Enumerable.Range(0, 10).Select(i => (1L, (long)i, "1"))]);
        var b = await RunAsync([.. Enumerable.Range(0, 20).Select(i => (1L, (long)i, "1"))]);

        Assert.Equal("0 2 4 6 8 9", await StepsAsync($"run_ids={a}&max_results=5"));
        Assert.Equal("0 1 2 3 4", await StepsAsync($"run_ids={a}&max_results=5&start_step=0&end_step=4"));
        Assert.Equal("0 4 8 9 0 4 8 9 12 16 19", await StepsAsync($"run_ids={a}&run_ids={b}&max_results=5"));
    }

    [Fact]
    public async Task GetInterval_NegativeSteps_AreNotLost() =>
        Assert.Equal("-5 -4 3", await StepsAsync($"run_ids={await RunAsync((1, -5, "1"), (1, -4, "1"), (1, 3, "1"))}"));

    [Theory]
    [InlineData("/ajax-api/2.0/mlflow/")]
    [InlineData("/api/2.0/mlflow/")]
    [InlineData("/api/2.11/mlflow/")]
    public async Task GetInterval_AtEveryPath_Answers(string prefix)
    {
        using var response = await _host.Http.GetAsync(
            new Uri($"{prefix}metrics/get-history-bulk-interval?metric_key=k", UriKind.Relative)
        );

        Assert.Contains(
            "\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":\"Missing value for required parameter 'run_ids'.",
            await response.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("get-history?metric_key=k", "Missing value for required parameter 'run_id'")]
    [InlineData("get-history?run_id=a", "Missing value for required parameter 'metric_key'")]
    [InlineData("get-history?run_id=a&metric_key=k&page_token=x", "Invalid page token")]
    [InlineData("get-history?run_id=a&metric_key=k&max_results=many", "Invalid value \"many\" for parameter 'max_results'")]
    [InlineData("get-history-bulk?metric_key=k", "GetMetricHistoryBulk request must specify at least one run_id.")]
    [InlineData("get-history-bulk?run_id=a", "GetMetricHistoryBulk request must specify a metric_key.")]
    [InlineData("get-history-bulk?metric_key=k&run_id=MANY", "GetMetricHistoryBulk request cannot specify more than 100")]
    [InlineData("get-history-bulk-interval?metric_key=k&run_ids=MANY", "must specify at most 100 run_ids.")]
    [InlineData("get-history-bulk-interval?metric_key=k&run_ids=a&max_results=0", "max_results must be between 1 and 2500")]
    [InlineData("get-history-bulk-interval?run_ids=a&max_results=5", "Missing value for required parameter 'metric_key'")]
    [InlineData("get-history-bulk-interval?metric_key=k&run_ids=a&start_step=1&end_step=0", "end_step must be greater than start_step. ")]
    [InlineData(
        "get-history-bulk-interval?metric_key=k&run_ids=a&start_step=1",
        "If either start step or end step are specified, both must be specified."
    )]
    public Task Request_Wrong_IsRefused(string route, string words)
    {
        var name = route.Contains("run_ids", StringComparison.Ordinal) ? "run_ids" : "run_id";
        var many = string.Join('&', Enumerable.Range(0, 101).Select(i => $"{name}={i}"));
        return _host.RefusedAsync(
            HttpMethod.Get,
            "metrics/" + route.Replace($"{name}=MANY", many, StringComparison.Ordinal),
            null,
            (400, "INVALID_PARAMETER_VALUE"),
            words
        );
    }

    [Theory]
    [InlineData(10, 5, "0 2 4 6 8 9")]
    [InlineData(5, 5, "0 1 2 3 4")]
    [InlineData(0, 5, "")]
    [InlineData(3, 1, "0 2")]
    public void StepSample_Of_IsEvenAndEndsWithTheLast(int count, int most, string expected) =>
        Assert.Equal(expected, string.Join(' ', StepSample.Of([.. Enumerable.Range(0, count).Select(i => (long)i)], most).Order()));

    private async Task<string> StepsAsync(string query) =>
        string.Join(
            ' ',
            (await _host.GetOkAsync($"metrics/get-history-bulk-interval?metric_key=m&{query}")).List("metrics").Select(m => m["step"])
        );

    private static string Points(System.Text.Json.Nodes.JsonNode page) =>
        string.Join(' ', page.List("metrics").Select(m => $"{m["timestamp"]}:{m["step"]}={m["value"]}"));

    private async Task<string> RunAsync(params (long Time, long Step, string Value)[] points)
    {
        var run = await _host.NewRunAsync();
        await LogAsync(run, points);
        return run;
    }

    private Task<System.Text.Json.Nodes.JsonObject> LogAsync(string run, params (long Time, long Step, string Value)[] points)
    {
        var metrics = points.Select(p => $$"""{"key":"m","value":{{p.Value}},"timestamp":{{p.Time}},"step":{{p.Step}}}""");
        return _host.PostOkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{string.Join(',', metrics)}}]}""");
    }
}
