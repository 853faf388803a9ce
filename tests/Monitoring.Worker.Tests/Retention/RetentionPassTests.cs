using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Retention;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Retention;

public sealed class RetentionPassTests
{
    [Fact]
    public async Task RunOnceAsync_OldRows_GoAndTheirWindowsStay()
    {
        await using var host = await MonitoringHost.StartAsync(
            ("Monitoring:Retention:PredictionDays", "7"),
            ("Monitoring:Retention:BatchRows", "25")
        );
        await host.StoreAsync(Records.Hour(0));
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, 1, count: 30));
        await host.RunWindowsAsync();
        host.Clock.Advance(TimeSpan.FromDays(5));
        await host.StoreAsync(Records.Hour(1));
        await host.StoreAsync(Records.Prediction("late", Records.Start));
        await host.RunWindowsAsync();
        host.Clock.Advance(TimeSpan.FromDays(5));

        Assert.Equal((60L, 0L), await host.Get<RetentionPass>().RunOnceAsync(CancellationToken.None));

        Assert.Equal(new MonitoringStats(61, 0, 0, 0), await host.Client.GetStatsAsync());
        // An outcome for what is left of the window does not make it forget the rest.
        await host.Client.SendOutcomesAsync(new OutcomeBatch { Outcomes = [new Outcome { PredictionId = "late", Value = 1 }] });
        await host.RunWindowsAsync();
        Assert.Equal([61, 60], (await host.Client.GetWindowsAsync(Records.Endpoint)).Windows.Select(w => w.PredictionCount));
    }

    [Fact]
    public async Task RunOnceAsync_ParkedTooLong_Expires()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, 1));
        host.Clock.Advance(TimeSpan.FromDays(29));
        Assert.Equal((0L, 0L), await host.Get<RetentionPass>().RunOnceAsync(CancellationToken.None));
        await host.StoreAsync(Records.Hour(0, count: 10));
        host.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal((0L, 50L), await host.Get<RetentionPass>().RunOnceAsync(CancellationToken.None));
        Assert.Equal(new MonitoringStats(10, 10, 10, 0), await host.Client.GetStatsAsync());
    }

    [Fact]
    public async Task RunOnceAsync_WindowsAndAlertsOfYearsAgo_Go()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline(mae: 2));
        for (var hour = 0; hour < 6; hour++)
        {
            await host.StoreAsync(Records.Hour(hour));
            await host.Client.SendOutcomesAsync(Records.Outcomes(hour, hour < 2 ? 9 : 1));
            await host.RunWindowsAsync();
        }
        Assert.Equal("cleared", Assert.Single((await host.Client.GetAlertsAsync()).Alerts).Status);
        host.Clock.Advance(TimeSpan.FromDays(729));
        await host.Get<RetentionPass>().RunOnceAsync(CancellationToken.None);
        Assert.Equal(6, (await host.Client.GetWindowsAsync(Records.Endpoint)).Windows.Count);
        Assert.Equal(1, await host.ScalarAsync<long>("SELECT count(*) FROM baselines"));

        host.Clock.Advance(TimeSpan.FromDays(2));
        await host.Get<RetentionPass>().RunOnceAsync(CancellationToken.None);
        Assert.Empty((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows);
        Assert.Empty((await host.Client.GetAlertsAsync()).Alerts);
        Assert.Equal(0, await host.ScalarAsync<long>("SELECT count(*) FROM baselines"));
    }
}
