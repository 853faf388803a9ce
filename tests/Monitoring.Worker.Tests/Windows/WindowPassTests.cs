using System.Text.Json;
using Npgsql;
using Slipway.Contracts.Messages;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Drift;
using Slipway.Monitoring.Worker.Tests.Drift;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Windows;

public sealed class WindowPassTests
{
    [Fact]
    public async Task RunOnceAsync_Windows_CountJudgeAndClose()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline(mae: 2));
        await host.StoreAsync(Records.Hour(0));
        await host.StoreAsync(Records.Hour(1, shift: 5));
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, error: 2.5));
        await host.Client.SendOutcomesAsync(Records.Outcomes(1, error: -4));

        Assert.Equal(2, await host.RunWindowsAsync());

        var windows = (await host.Client.GetWindowsAsync(Records.Endpoint)).Windows;
        var (first, second) = (windows[0], windows[1]);
        Assert.Equal((Records.Start, Records.Start.AddHours(1), true), (first.Start, first.End, first.Closed));
        Assert.False(second.Closed);
        Assert.Equal(("mae", 2.5, 2.0, false), (first.Metric, first.Value, first.BaselineValue, first.AccuracyBad));
        Assert.Equal((4.0, true), (second.Value, second.AccuracyBad));
        Assert.Equal((2.5, 2.5), (first.Metrics["rmse"], first.Metrics["mean_error"]));
        Assert.Equal(-4, second.Metrics["mean_error"]);
        Assert.Equal((false, true), (first.Drifted, second.Drifted));
        Assert.Equal(["x", DriftCalculator.PredictionName], second.Drift.Select(d => d.Feature));
        Assert.Equal(1, second.Drift[0].Ks);
        Assert.Equal(0, await host.RunWindowsAsync());
    }

    [Fact]
    public async Task RunOnceAsync_FewRows_AreNotJudged()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline());
        await host.StoreAsync(Records.Hour(0, count: 49, shift: 5));
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, error: 9, count: 49));
        await host.RunWindowsAsync();
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal((9, null, null), (window.Value, window.AccuracyBad, window.Drifted));
        Assert.Empty(window.Drift);
    }

    [Fact]
    public async Task RunOnceAsync_NoBaselineFile_JudgesByTheRunsMetricAndFindsNoDrift()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, (BaselineProfile?)null, new Dictionary<string, double> { ["mae"] = 1 });
        await host.StoreAsync(Records.Hour(0, shift: 5));
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, error: 9));
        await host.RunWindowsAsync();
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal((1, true, null), (window.BaselineValue, window.AccuracyBad, window.Drifted));
        Assert.Empty(window.Drift);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"task\":\"regression\"}")]
    [InlineData(
        """{"task":"regression","target":"y","rowCount":1,"features":[{"name":"x","kind":"numeric","count":1,"missingCount":0,"edges":[2,1],"binCounts":[1,1,1]}],"prediction":{"name":"y","kind":"numeric","count":1,"missingCount":0},"label":{"name":"y","kind":"numeric","count":1,"missingCount":0},"metrics":{}}"""
    )]
    [InlineData(
        """{"task":"regression","target":"y","rowCount":1,"features":[null],"prediction":{"name":"y","kind":"numeric","count":1,"missingCount":0},"label":{"name":"y","kind":"numeric","count":1,"missingCount":0},"metrics":{}}"""
    )]
    public async Task RunOnceAsync_UnusableBaseline_IsAsNone(string baseline)
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, System.Text.Encoding.UTF8.GetBytes(baseline));
        await host.StoreAsync(Records.Hour(0));
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, error: 9));
        await host.RunWindowsAsync();
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal((60, null, null), (window.OutcomeCount, window.AccuracyBad, window.Drifted));
    }

    [Fact]
    public async Task RunOnceAsync_RegistryAway_CountsNowAndJudgesLater()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline());
        host.Neighbours.IsAway = true;
        await host.StoreAsync(Records.Hour(0, shift: 5));
        Assert.Equal(1, await host.RunWindowsAsync());
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal((60, null), (window.PredictionCount, window.Drifted));

        host.Neighbours.IsAway = false;
        Assert.Equal(0, await host.RunWindowsAsync());
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, await host.RunWindowsAsync());
        Assert.True(Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows).Drifted);
    }

    [Fact]
    public async Task RunOnceAsync_BaselineFetchedOnce_IsKeptInTheDatabase()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline());
        await host.StoreAsync(Records.Hour(0));
        await host.RunWindowsAsync();
        Assert.Equal(2, host.Neighbours.Calls);

        var restarted = await host.RestartAsync();
        await restarted.StoreAsync(Records.Hour(1, shift: 5));
        await restarted.RunWindowsAsync();
        Assert.Equal(2, host.Neighbours.Calls);
        Assert.True((await restarted.Client.GetWindowsAsync(Records.Endpoint)).Windows[1].Drifted);
        await restarted.DisposeAsync();
    }

    [Fact]
    public async Task RunOnceAsync_LateOutcome_RecomputesAClosedWindow()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline(mae: 2));
        await host.StoreAsync([.. Records.Hour(0), .. Records.Hour(1)]);
        await host.RunWindowsAsync();
        Assert.Null((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows[0].AccuracyBad);

        host.Clock.Advance(TimeSpan.FromDays(3));
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, error: 5));
        Assert.Equal(1, await host.RunWindowsAsync());
        Assert.True((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows[0].AccuracyBad);
    }

    [Fact]
    public async Task RunOnceAsync_AfterACrash_PicksUpWhatWasStored()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Hour(0));
        var restarted = await host.RestartAsync();
        Assert.Equal(1, await restarted.RunWindowsAsync());
        Assert.Equal(60, Assert.Single((await restarted.Client.GetWindowsAsync(Records.Endpoint)).Windows).PredictionCount);
        await restarted.DisposeAsync();
    }

    [Fact]
    public async Task RunOnceAsync_Classification_ComparesClasses()
    {
        await using var host = await MonitoringHost.StartAsync();
        var baseline = Profiles.Of(
            Profiles.Categorical("y", new Dictionary<string, long> { ["cat"] = 50, ["dog"] = 50 }),
            new Dictionary<string, double> { ["accuracy"] = 0.9 },
            "classification"
        );
        host.Neighbours.AddVersion(Records.Model, 1, baseline);
        var batch = Records.Hour(0).Select((p, i) => p with { Value = null, Label = i % 2 == 0 ? "cat" : "dog" }).ToArray();
        await host.StoreAsync(batch);
        await host.Client.SendOutcomesAsync(
            new OutcomeBatch { Outcomes = [.. batch.Select(p => new Outcome { PredictionId = p.PredictionId, Label = "cat" })] }
        );
        await host.RunWindowsAsync();
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal(("accuracy", 0.5, 0.9, false), (window.Metric, window.Value, window.BaselineValue, window.AccuracyBad));

        await host.Client.PutMonitorAsync(new MonitorDefinition { Endpoint = Records.Endpoint, MaxLoss = 0.2 });
        await host.RunWindowsAsync();
        Assert.True(Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows).AccuracyBad);
    }

    [Fact]
    public async Task RunOnceAsync_GreatestNumbers_StayNumbers()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline());
        await host.StoreAsync([.. Records.Hour(0).Select(p => p with { Value = double.MaxValue })]);
        var outcomes = Records.Outcomes(0, 0).Outcomes.Select((o, i) => o with { Value = i % 2 == 0 ? -double.MaxValue : double.MaxValue });
        await host.Client.SendOutcomesAsync(new OutcomeBatch { Outcomes = [.. outcomes] });
        await host.RunWindowsAsync();
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal((double.MaxValue, true), (window.Value, window.AccuracyBad));
    }

    [Fact]
    public async Task RunOnceAsync_OneEndpointFails_TheOthersAreComputed()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync([.. Records.Hour(0), Records.Prediction("other") with { Endpoint = "another" }]);
        await host.ScalarAsync<string>("ALTER TABLE windows ADD CONSTRAINT odd CHECK (endpoint <> 'another'); SELECT 'done'");
        Assert.Equal(1, await host.RunWindowsAsync());
        await host.ScalarAsync<string>("ALTER TABLE windows DROP CONSTRAINT odd; SELECT 'done'");
        Assert.Equal(1, await host.RunWindowsAsync());
    }

    [Fact]
    public async Task RunOnceAsync_EndpointInOtherHands_IsLeftAlone()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Hour(0));
        await using (var other = await host.Get<NpgsqlDataSource>().OpenConnectionAsync())
        {
            await using var transaction = await other.BeginTransactionAsync();
            await using var command = new NpgsqlCommand($"SELECT pg_advisory_xact_lock(3, hashtext('{Records.Endpoint}'))", other);
            await command.ExecuteNonQueryAsync();
            Assert.Equal(0, await host.RunWindowsAsync());
        }
        Assert.Equal(1, await host.RunWindowsAsync());
    }

    [Fact]
    public async Task RunOnceAsync_MoreRowsThanDriftReads_TakesASampleAndCountsAll()
    {
        await using var host = await MonitoringHost.StartAsync(("Monitoring:Windows:MaxDriftRows", "100"));
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline());
        await host.StoreAsync(Records.Hour(0, count: 3000));
        await host.RunWindowsAsync();
        var window = Assert.Single((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Equal((3000, false), (window.PredictionCount, window.Drifted));
    }

    [Fact]
    public async Task Summary_TwoVersions_CountsEach()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync([.. Records.Hour(0), .. Records.Hour(5, version: 2, count: 10)]);
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, 1, count: 7));
        await host.RunWindowsAsync();
        var traffic = await host.Client.GetTrafficAsync(Records.Endpoint);
        Assert.Equal(
            [
                new VersionTraffic(Records.Model, 1, 60, 7, null, Records.Start, Records.Start.AddSeconds(59)),
                new VersionTraffic(Records.Model, 2, 10, 0, 2, Records.Start.AddHours(5), Records.Start.AddHours(5).AddSeconds(9)),
            ],
            traffic.Versions
        );
    }

    [Fact]
    public async Task RootPage_EndpointName_IsEscaped()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a") with { Endpoint = "<script>alert(1)<" });
        var (status, body) = await host.GetAsync("/");
        Assert.Equal(200, status);
        Assert.DoesNotContain("<script>", body, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", body, StringComparison.Ordinal);
    }
}
