using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Outcomes;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Outcomes;

public sealed class OutcomesApiTests
{
    private const string Path = "/api/v1/outcomes";

    [Fact]
    public async Task Post_PredictionFirst_Joins()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a"));

        var (status, body) = await host.PostAsync(Path, """{"outcomes":[{"predictionId":"a","value":1}]}""", "application/json");

        Assert.Equal(200, status);
        Assert.Equal("""{"joined":1,"duplicates":0,"parked":0,"conflicts":[]}""", body);
        Assert.Equal(new MonitoringStats(1, 1, 1, 0), await host.Client.GetStatsAsync());
    }

    [Fact]
    public async Task Post_OutcomeFirst_WaitsAndJoinsWhenThePredictionComes()
    {
        await using var host = await MonitoringHost.StartAsync();

        var (status, _) = await host.PostAsync(Path, """{"outcomes":[{"predictionId":"a","value":1}]}""", "application/json");
        Assert.Equal(202, status);
        Assert.Equal(new MonitoringStats(0, 1, 0, 1), await host.Client.GetStatsAsync());

        await host.StoreAsync(Records.Prediction("a", value: 4));
        Assert.Equal(new MonitoringStats(1, 1, 1, 0), await host.Client.GetStatsAsync());
        await host.RunWindowsAsync();
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal(1, window.OutcomeCount);
        Assert.Equal(3.0, window.Metrics["mae"]);
    }

    [Fact]
    public async Task Post_ThreeTimes_GivesEqualNumbers()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Hour(0));
        Assert.Equal(60, (await host.Client.SendOutcomesAsync(Records.Outcomes(0, 3))).Joined);
        await host.RunWindowsAsync();
        var first = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);

        for (var i = 0; i < 2; i++)
        {
            var again = await host.Client.SendOutcomesAsync(Records.Outcomes(0, 3));
            Assert.Equal((0, 60, 0), (again.Joined, again.Duplicates, again.Parked));
            await host.StoreAsync(Records.Hour(0));
            await host.RunWindowsAsync();
        }

        var last = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize(last));
        Assert.Equal(new MonitoringStats(60, 60, 60, 0), await host.Client.GetStatsAsync());
    }

    [Fact]
    public async Task Post_Contradiction_Is409AndTheOthersAreStored()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a"), Records.Prediction("b"));
        await host.PostAsync(Path, """{"outcomes":[{"predictionId":"a","value":1}]}""", "application/json");

        var (status, body) = await host.PostAsync(
            Path,
            """{"outcomes":[{"predictionId":"a","value":2},{"predictionId":"b","value":5},{"predictionId":"c","value":5},{"predictionId":"c","label":"5"}]}""",
            "application/json"
        );

        Assert.Equal(409, status);
        using var problem = JsonDocument.Parse(body);
        Assert.Equal("outcome_conflict", problem.RootElement.GetProperty("code").GetString());
        Assert.Equal(["a", "c"], problem.RootElement.GetProperty("conflicts").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal(1, problem.RootElement.GetProperty("joined").GetInt32());
        Assert.Equal(1, problem.RootElement.GetProperty("parked").GetInt32());
        Assert.Equal(1.0, await host.ScalarAsync<double>("SELECT value FROM outcomes WHERE prediction_id = 'a'"));
        Assert.Equal(5.0, await host.ScalarAsync<double>("SELECT value FROM outcomes WHERE prediction_id = 'c'"));
        var typed = await host.Client.SendOutcomesAsync(new OutcomeBatch { Outcomes = [new Outcome { PredictionId = "a", Value = 9 }] });
        Assert.Equal(["a"], typed.Conflicts);
    }

    [Theory]
    [InlineData(
        "application/json",
        """{"outcomes":[{"predictionId":"good","value":1},{"predictionId":"a","value":"x"}]}""",
        "outcomes[1].value"
    )]
    [InlineData("text/csv", "predictionId,value\ngood,1\na,1,2\n", "line 3: 3 fields")]
    public async Task Post_OneMalformed_StoresNothing(string mediaType, string body, string where)
    {
        await using var host = await MonitoringHost.StartAsync();
        var (status, answer) = await host.PostAsync(Path, body, mediaType);
        Assert.Equal(400, status);
        using var problem = JsonDocument.Parse(answer);
        Assert.Equal("invalid_outcomes", problem.RootElement.GetProperty("code").GetString());
        Assert.Contains(where, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(where, problem.RootElement.GetProperty("errors")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await host.Client.GetStatsAsync()).Outcomes);
    }

    [Fact]
    public async Task Post_Csv_IsTheSameAsJson()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a"), Records.Prediction("b"));
        var (status, body) = await host.PostAsync(Path, "predictionId,value,label\na,1,\nb,,cat\n", "text/csv");
        Assert.Equal(200, status);
        Assert.Equal("""{"joined":2,"duplicates":0,"parked":0,"conflicts":[]}""", body);
        Assert.Equal("cat", await host.ScalarAsync<string>("SELECT label FROM outcomes WHERE prediction_id = 'b'"));
    }

    [Fact]
    public async Task Post_BodyTooLong_Is413()
    {
        await using var host = await MonitoringHost.StartAsync(("Monitoring:Outcomes:MaxBodyBytes", "1024"));
        var (status, _) = await host.PostAsync(Path, "predictionId,value\n" + new string('a', 2000), "text/csv");
        Assert.Equal(413, status);
        using var chunked = new StreamContent(new MemoryStream(new byte[5000]));
        chunked.Headers.ContentType = new("text/csv");
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        using var response = await host.Http.SendAsync(request);
        Assert.Equal(413, (int)response.StatusCode);
    }

    [Fact]
    public async Task Post_TooMany_Is413()
    {
        await using var host = await MonitoringHost.StartAsync();
        var csv = new StringBuilder("predictionId,value\n");
        for (var i = 0; i <= OutcomeBatch.MaxOutcomes; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"p{i},1\n");
        }
        Assert.Equal(413, (await host.PostAsync(Path, csv.ToString(), "text/csv")).Status);
        Assert.Equal(0, (await host.Client.GetStatsAsync()).Outcomes);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    public async Task Post_OtherMediaType_Is415(string mediaType)
    {
        await using var host = await MonitoringHost.StartAsync();
        Assert.Equal(415, (await host.PostAsync(Path, "{}", mediaType)).Status);
    }

    [Fact]
    public async Task StoreAsync_PredictionsAndOutcomesAtOnce_AllJoin()
    {
        await using var host = await MonitoringHost.StartAsync();
        var outcomes = host.Get<OutcomeStore>();
        var work = Enumerable
            .Range(0, 12)
            .SelectMany(h =>
                new Func<Task>[]
                {
                    () => host.StoreAsync(Records.Hour(h)),
                    () => outcomes.StoreAsync(Records.Outcomes(h, 1).Outcomes, CancellationToken.None),
                }
            );
        await Task.WhenAll(work.Select(w => Task.Run(w)));
        Assert.Equal(new MonitoringStats(720, 720, 720, 0), await host.Client.GetStatsAsync());
        await host.RunWindowsAsync();
        var windows = (await host.Client.GetWindowsAsync(Records.Endpoint)).Windows;
        Assert.Equal(12, windows.Count);
        Assert.All(windows, w => Assert.Equal((60, 60), (w.PredictionCount, w.OutcomeCount)));
    }
}
