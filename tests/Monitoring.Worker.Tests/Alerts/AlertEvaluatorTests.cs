using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Alerts;

public sealed class AlertEvaluatorTests
{
    private const double Bad = 5;
    private const double Good = 1;

    [Fact]
    public async Task EvaluateAsync_TwoBadClosedWindows_RaiseOnce()
    {
        await using var host = await StartAsync();
        await AddHourAsync(host, 0, Bad);
        await AddHourAsync(host, 1, Bad);
        Assert.Empty(await AlertsAsync(host));

        await AddHourAsync(host, 2, Bad);
        var alert = Assert.Single(await AlertsAsync(host));
        Assert.Equal(("accuracy", "open", Records.Model, 1), (alert.Kind, alert.Status, alert.Model, alert.Version));
        Assert.Equal(Records.Start.AddHours(2), alert.WindowEnd);
        Assert.Contains("mae is 5 where it was 2 at training (+150%)", alert.Message, StringComparison.Ordinal);

        await AddHourAsync(host, 3, Bad);
        Assert.Equal(alert.Id, Assert.Single(await AlertsAsync(host)).Id);
    }

    [Fact]
    public async Task EvaluateAsync_GoodWindowsAfter_ClearIt()
    {
        await using var host = await StartAsync();
        await AddHoursAsync(host, Bad, Bad, Good);
        Assert.Equal("open", Assert.Single(await AlertsAsync(host)).Status);
        await AddHourAsync(host, 3, Good);
        await AddHourAsync(host, 4, Good);
        var alert = Assert.Single(await AlertsAsync(host));
        Assert.Equal("cleared", alert.Status);
        Assert.NotNull(alert.ClearedAt);
    }

    [Fact]
    public async Task EvaluateAsync_LateOutcomesOfOldWindows_RaiseNothingAnew()
    {
        await using var host = await StartAsync();
        await AddHoursAsync(host, Bad, Bad, null, null, Good, Good, Good);
        Assert.Equal("cleared", Assert.Single(await AlertsAsync(host)).Status);

        // Hours 2 and 3 turn out bad as well: corrected in the windows, but their time is over.
        await host.Client.SendOutcomesAsync(Records.Outcomes(2, Bad));
        await host.Client.SendOutcomesAsync(Records.Outcomes(3, Bad));
        await host.RunWindowsAsync();

        Assert.Equal("cleared", Assert.Single(await AlertsAsync(host)).Status);
        Assert.True((await host.Client.GetWindowsAsync(Records.Endpoint)).Windows[3].AccuracyBad);
    }

    [Fact]
    public async Task EvaluateAsync_OutcomesComeAfterTheWindowsClosed_StillRaise()
    {
        await using var host = await StartAsync();
        await AddHoursAsync(host, null, null, null);
        Assert.Empty(await AlertsAsync(host));
        await host.Client.SendOutcomesAsync(Records.Outcomes(1, Bad));
        await host.Client.SendOutcomesAsync(Records.Outcomes(0, Bad));
        await host.RunWindowsAsync();
        Assert.Equal("open", Assert.Single(await AlertsAsync(host)).Status);
    }

    [Fact]
    public async Task EvaluateAsync_RaisedAgainAfterClearing_IsAnotherAlert()
    {
        await using var host = await StartAsync();
        await AddHoursAsync(host, Bad, Bad, Good, Good, Bad, Bad, Bad);
        var alerts = await AlertsAsync(host);
        Assert.Equal(["open", "cleared"], alerts.Select(a => a.Status));
        Assert.Equal(Records.Start.AddHours(6), alerts[0].WindowEnd);
    }

    [Fact]
    public async Task EvaluateAsync_DriftedWindows_RaiseADriftAlert()
    {
        await using var host = await StartAsync();
        for (var hour = 0; hour < 3; hour++)
        {
            await host.StoreAsync(Records.Hour(hour, shift: 5));
            await host.RunWindowsAsync();
        }
        var alert = Assert.Single(await AlertsAsync(host));
        Assert.Equal("drift", alert.Kind);
        Assert.Contains("1 of 1 features drifted (PSI x ", alert.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EvaluateAsync_VersionReplaced_ClearsItsAlert()
    {
        await using var host = await StartAsync();
        await AddHoursAsync(host, Bad, Bad, Bad);
        await host.StoreAsync(Records.Hour(3, version: 2));
        await host.StoreAsync(Records.Hour(4, version: 2));
        await host.RunWindowsAsync();
        Assert.Equal("open", Assert.Single(await AlertsAsync(host)).Status);

        await host.StoreAsync(Records.Hour(5, version: 2));
        await host.RunWindowsAsync();
        Assert.Equal("cleared", Assert.Single(await AlertsAsync(host)).Status);

        // Late outcomes of the replaced version are nobody's concern any more.
        await host.Client.SendOutcomesAsync(Records.Outcomes(2, Bad));
        await host.RunWindowsAsync();
        Assert.Equal("cleared", Assert.Single(await AlertsAsync(host)).Status);
    }

    [Fact]
    public async Task GetAlerts_Filters_ByEndpointAndStatus()
    {
        await using var host = await StartAsync();
        await AddHoursAsync(host, Bad, Bad, Bad);
        Assert.Single((await host.Client.GetAlertsAsync(Records.Endpoint)).Alerts);
        Assert.Equal("""{"alerts":[]}""", (await host.GetAsync("/api/v1/alerts?status=cleared")).Body);
        Assert.Contains("\"open\"", (await host.GetAsync("/api/v1/alerts?status=open&limit=1")).Body, StringComparison.Ordinal);
    }

    private static async Task<MonitoringHost> StartAsync()
    {
        var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline(mae: 2));
        host.Neighbours.AddVersion(Records.Model, 2, Records.Baseline(mae: 2));
        return host;
    }

    private static async Task AddHoursAsync(MonitoringHost host, params double?[] errors)
    {
        for (var hour = 0; hour < errors.Length; hour++)
        {
            await AddHourAsync(host, hour, errors[hour]);
        }
    }

    private static async Task AddHourAsync(MonitoringHost host, int hour, double? error)
    {
        await host.StoreAsync(Records.Hour(hour));
        if (error is { } value)
        {
            await host.Client.SendOutcomesAsync(Records.Outcomes(hour, value));
        }
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.RunWindowsAsync();
    }

    private static async Task<IReadOnlyList<Alert>> AlertsAsync(MonitoringHost host) => (await host.Client.GetAlertsAsync()).Alerts;
}
