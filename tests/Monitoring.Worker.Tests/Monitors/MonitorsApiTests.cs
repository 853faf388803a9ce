using System.Text;
using System.Text.Json;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Outcomes;
using Slipway.Monitoring.Worker.Retention;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Monitors;

public sealed class MonitorsApiTests(MonitoringFixture fixture) : IClassFixture<MonitoringFixture>
{
    private static readonly Uri s_path = new("/api/v1/monitors/demand", UriKind.Relative);

    [Fact]
    public async Task Put_Valid_IsReadBack()
    {
        await using var host = await MonitoringHost.StartAsync();
        var monitor = new MonitorDefinition
        {
            Endpoint = "demand",
            WindowSeconds = 86_400,
            Metric = "rmse",
            Retrain = new RetrainPolicy { PromoteTo = null, CooldownWindows = 5 },
        };
        Assert.Equal(monitor, await host.Client.PutMonitorAsync(monitor));
        Assert.Equal([monitor], await host.Client.ListMonitorsAsync());
        // A prediction does not put the default in its place.
        await host.StoreAsync(Records.Prediction("a"));
        Assert.Equal([monitor], await host.Client.ListMonitorsAsync());
    }

    [Theory]
    [InlineData("{\"windowSeconds\":0}", "windowSeconds")]
    [InlineData("{\"windowSeconds\":99999999999}", "windowSeconds")]
    [InlineData("{\"minPredictions\":0}", "minPredictions")]
    [InlineData("{\"minOutcomes\":-1}", "minOutcomes")]
    [InlineData("{\"metric\":\"auc\"}", "metric")]
    [InlineData("{\"maxLoss\":-0.1}", "maxLoss")]
    [InlineData("{\"psiThreshold\":1e9}", "psiThreshold")]
    [InlineData("{\"driftShare\":0}", "driftShare")]
    [InlineData("{\"driftShare\":1.1}", "driftShare")]
    [InlineData("{\"raiseAfter\":0}", "raiseAfter")]
    [InlineData("{\"clearAfter\":0}", "clearAfter")]
    [InlineData("{\"retrain\":{\"cooldownWindows\":-1}}", "cooldownWindows")]
    [InlineData("{\"retrain\":{\"promoteTo\":\"moon\"}}", "promoteTo")]
    [InlineData("{\"maxLoss\":\"much\"}", "maxLoss")]
    [InlineData("{", "JSON")]
    [InlineData("null", "null")]
    public async Task Put_Invalid_Is400AndNamesTheField(string body, string expected)
    {
        var host = fixture.Host;
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await host.Http.PutAsync(s_path, content);
        Assert.Equal(400, (int)response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Contains(expected, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await host.Client.ListMonitorsAsync());
    }

    [Fact]
    public async Task Put_OtherWidth_CutsTheWindowsAnew()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync([.. Records.Hour(0), .. Records.Hour(1), .. Records.Hour(30)]);
        await host.RunWindowsAsync();
        Assert.Equal(3, (await host.Client.GetWindowsAsync("demand")).Windows.Count);

        await host.Client.PutMonitorAsync(new MonitorDefinition { Endpoint = "demand", WindowSeconds = 86_400 });
        await host.RunWindowsAsync();

        var windows = (await host.Client.GetWindowsAsync("demand")).Windows;
        Assert.Equal([120, 60], windows.Select(w => w.PredictionCount));
        Assert.Equal([true, false], windows.Select(w => w.Closed));
        await host.StoreAsync(Records.Hour(2));
        await host.RunWindowsAsync();
        Assert.Equal([180, 60], (await host.Client.GetWindowsAsync("demand")).Windows.Select(w => w.PredictionCount));
    }

    [Fact]
    public async Task Put_WhilePredictionsAndOutcomesArrive_CutsEachRowByTheWidthThatStands()
    {
        await using var host = await MonitoringHost.StartAsync();
        var outcomes = host.Get<OutcomeStore>();
        long[] widths = [7_200, 86_400, 3_600, 10_800, 1_800, 14_400];
        var puts = widths.Select(width =>
            (Func<Task>)(() => host.Client.PutMonitorAsync(new MonitorDefinition { Endpoint = Records.Endpoint, WindowSeconds = width }))
        );
        var passes = Enumerable.Range(0, 6).Select(_ => (Func<Task>)host.RunWindowsAsync);
        var cleaning = Enumerable
            .Range(0, 3)
            .Select(_ => (Func<Task>)(() => host.Get<RetentionPass>().RunOnceAsync(CancellationToken.None)));
        var stores = Enumerable
            .Range(0, 24)
            .SelectMany(hour =>
                new Func<Task>[]
                {
                    () => host.StoreAsync(Records.Hour(hour)),
                    () => outcomes.StoreAsync(Records.Outcomes(hour, 1).Outcomes, CancellationToken.None),
                }
            );
        Func<Task>[] work = [.. puts, .. passes, .. cleaning, .. stores];
        new Random(5).Shuffle(work);

        // A circle of locks would show as an error: PostgreSQL breaks it after a second.
        await Task.WhenAll(work.Select(w => Task.Run(w))).WaitAsync(TimeSpan.FromMinutes(1));

        var width = Assert.Single(await host.Client.ListMonitorsAsync()).WindowSeconds;
        await host.RunWindowsAsync();
        var windows = (await host.Client.GetWindowsAsync(Records.Endpoint)).Windows;
        Assert.Contains(width, widths);
        Assert.All(windows, window => Assert.Equal(TimeSpan.FromSeconds(width), window.End - window.Start));
        Assert.Equal((1440, 1440), (windows.Sum(w => w.PredictionCount), windows.Sum(w => w.OutcomeCount)));
        Assert.Equal(new MonitoringStats(1440, 1440, 1440, 0), await host.Client.GetStatsAsync());
    }

    [Fact]
    public async Task Delete_TakesWindowsAndAlertsWithIt()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Hour(0));
        await host.RunWindowsAsync();
        using var deleted = await host.Http.DeleteAsync(s_path);
        Assert.Equal(204, (int)deleted.StatusCode);
        using var again = await host.Http.DeleteAsync(s_path);
        Assert.Equal(404, (int)again.StatusCode);
        Assert.Equal(0, await host.ScalarAsync<long>("SELECT count(*) FROM windows"));
        await host.StoreAsync(Records.Hour(1));
        Assert.Equal(3600, Assert.Single(await host.Client.ListMonitorsAsync()).WindowSeconds);
    }
}
