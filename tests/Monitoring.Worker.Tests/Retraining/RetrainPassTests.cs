using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Retraining;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Retraining;

public sealed class RetrainPassTests
{
    [Fact]
    public async Task RunOnceAsync_AccuracyAlert_AsksForTrainingOnce()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        await host.RunRetrainingAsync();

        var message = Assert.Single(host.Publisher.Messages);
        Assert.Equal(Records.Model, message.Model);
        Assert.Equal("predictions:/demand?from=2025-06-01T00%3A00%3A00Z&to=2025-06-01T02%3A00%3A00Z", message.Dataset);
        Assert.Equal((false, "testing"), (message.AppendToPrevious, message.PromoteTo));
        Assert.StartsWith("demand: mae is 9", message.Reason, StringComparison.Ordinal);
        var alert = Assert.Single((await host.Client.GetAlertsAsync()).Alerts, a => a.Kind == "accuracy");
        Assert.Equal([message.Id], alert.RetrainingJobs);

        await host.RunRetrainingAsync();
        await host.RunWindowsAsync();
        Assert.Single(host.Publisher.Messages);
    }

    [Fact]
    public async Task RunOnceAsync_NoPolicy_AsksForNothing()
    {
        await using var host = await StartAsync(retrain: null);
        await RaiseAsync(host);
        await host.RunRetrainingAsync();
        Assert.NotEmpty((await host.Client.GetAlertsAsync()).Alerts);
        Assert.Empty(host.Publisher.Messages);
    }

    [Fact]
    public async Task RunOnceAsync_TrainingDoesNotKnowTheJob_PublishesAgainUntilItDoes()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        await host.RunRetrainingAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(29));
        await host.RunRetrainingAsync();
        Assert.Single(host.Publisher.Messages);

        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.RunRetrainingAsync();
        Assert.Equal(2, host.Publisher.Messages.Count);
        Assert.Single(host.Publisher.Messages.Select(m => m.Id).Distinct());

        host.Neighbours.SetJob(host.Publisher.Messages.First().Id, "queued");
        host.Clock.Advance(TimeSpan.FromMinutes(5));
        await host.RunRetrainingAsync();
        await host.RunRetrainingAsync();
        Assert.Equal(2, host.Publisher.Messages.Count);
    }

    [Fact]
    public async Task RunOnceAsync_CrashBetweenCommitAndPublish_PublishesAfterTheRestart()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        var restarted = await host.RestartAsync();
        await restarted.RunRetrainingAsync();
        Assert.Single(host.Publisher.Messages);
        await restarted.DisposeAsync();
    }

    [Fact]
    public async Task RunOnceAsync_CrashWhilePublishing_PublishesAgainAfterTheWait()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        // What a replica leaves that dies between its claim and its message.
        await host.ScalarAsync<string>("UPDATE retrain_requests SET attempted_at = '2026-01-01Z'; SELECT 'done'");
        await host.RunRetrainingAsync();
        Assert.Empty(host.Publisher.Messages);
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await host.RunRetrainingAsync();
        Assert.Single(host.Publisher.Messages);
    }

    [Fact]
    public async Task RunOnceAsync_BrokerAway_PublishesWhenItIsBack()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        host.Publisher.IsAway = true;
        await host.RunRetrainingAsync();
        Assert.Equal(RetrainStates.Pending, await StateAsync(host));
        host.Publisher.IsAway = false;
        await host.RunRetrainingAsync();
        Assert.Single(host.Publisher.Messages);
    }

    [Fact]
    public async Task RunOnceAsync_TrainingAway_KeepsTheRequest()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        await host.RunRetrainingAsync();
        host.Neighbours.IsAway = true;
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await host.RunRetrainingAsync();
        Assert.Equal(RetrainStates.Published, await StateAsync(host));
        Assert.Single(host.Publisher.Messages);
    }

    [Fact]
    public async Task RunOnceAsync_TrainingNotConfigured_PublishesOnceAndTrustsTheBroker()
    {
        await using var host = await StartAsync(("Monitoring:Retraining:TrainingIsReachable", "false"));
        await RaiseAsync(host);
        await host.RunRetrainingAsync();
        host.Clock.Advance(TimeSpan.FromHours(1));
        await host.RunRetrainingAsync();
        Assert.Single(host.Publisher.Messages);
        Assert.Equal(RetrainStates.Ended, await StateAsync(host));
    }

    [Fact]
    public async Task RunOnceAsync_AlertStaysOpen_AsksAgainAfterJobAndCooldown()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        await host.RunRetrainingAsync();
        var job = host.Publisher.Messages.Single().Id;
        host.Neighbours.SetJob(job, "running");
        await host.RunRetrainingAsync();

        // Cooled down by its windows, but the job still runs.
        await AddBadHoursAsync(host, 3, 6);
        await host.RunRetrainingAsync();
        Assert.Single(host.Publisher.Messages);

        host.Neighbours.SetJob(job, "failed");
        await host.RunRetrainingAsync();
        Assert.Equal(RetrainStates.Ended, await StateAsync(host));
        await AddBadHoursAsync(host, 7, 7);
        await host.RunRetrainingAsync();
        Assert.Equal(2, host.Publisher.Messages.Select(m => m.Id).Distinct().Count());
        Assert.EndsWith("to=2025-06-01T07%3A00%3A00Z", host.Publisher.Messages.Last().Dataset, StringComparison.Ordinal);
        var alert = Assert.Single((await host.Client.GetAlertsAsync()).Alerts, a => a.Kind == "accuracy");
        Assert.Equal(2, alert.RetrainingJobs.Count);
    }

    [Fact]
    public async Task RunOnceAsync_JobEndedWithinTheCooldown_WaitsForIt()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        await host.RunRetrainingAsync();
        host.Neighbours.SetJob(host.Publisher.Messages.Single().Id, "failed");
        await host.RunRetrainingAsync();

        await AddBadHoursAsync(host, 3, 3);
        await host.RunRetrainingAsync();
        Assert.Single(host.Publisher.Messages);

        await AddBadHoursAsync(host, 4, 4);
        await host.RunRetrainingAsync();
        Assert.Equal(2, host.Publisher.Messages.Select(m => m.Id).Distinct().Count());
    }

    [Fact]
    public async Task RunOnceAsync_NewVersionServes_DoesNotAskForAnother()
    {
        await using var host = await StartAsync();
        await RaiseAsync(host);
        await host.RunRetrainingAsync();
        host.Neighbours.SetJob(host.Publisher.Messages.Single().Id, "succeeded");
        await host.RunRetrainingAsync();
        for (var hour = 3; hour < 8; hour++)
        {
            await host.StoreAsync(Records.Hour(hour, version: 2));
            await host.Client.SendOutcomesAsync(Records.Outcomes(hour, 1, version: 2));
            await host.RunWindowsAsync();
            await host.RunRetrainingAsync();
        }
        Assert.Single(host.Publisher.Messages);
        Assert.All((await host.Client.GetAlertsAsync()).Alerts, a => Assert.Equal("cleared", a.Status));
    }

    private static async Task<MonitoringHost> StartAsync(params (string, string)[] settings) =>
        await StartAsync(new RetrainPolicy { AppendToPrevious = false, PromoteTo = "testing" }, settings);

    private static async Task<MonitoringHost> StartAsync(RetrainPolicy? retrain, params (string, string)[] settings)
    {
        var host = await MonitoringHost.StartAsync(settings);
        host.Neighbours.AddVersion(Records.Model, 1, Records.Baseline(mae: 2));
        host.Neighbours.AddVersion(Records.Model, 2, Records.Baseline(mae: 2));
        await host.Client.PutMonitorAsync(new MonitorDefinition { Endpoint = Records.Endpoint, Retrain = retrain });
        return host;
    }

    private static Task RaiseAsync(MonitoringHost host) => AddBadHoursAsync(host, 0, 2);

    private static async Task AddBadHoursAsync(MonitoringHost host, int first, int last)
    {
        for (var hour = first; hour <= last; hour++)
        {
            await host.StoreAsync(Records.Hour(hour));
            await host.Client.SendOutcomesAsync(Records.Outcomes(hour, 9));
            await host.RunWindowsAsync();
        }
    }

    private static Task<string> StateAsync(MonitoringHost host) =>
        host.ScalarAsync<string>("SELECT state FROM retrain_requests ORDER BY created_at DESC LIMIT 1");
}
