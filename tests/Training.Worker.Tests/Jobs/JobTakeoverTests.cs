using Slipway.Contracts.Training;
using Slipway.Testing;
using Slipway.Training.Worker.Jobs;
using Slipway.Training.Worker.Storage;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Jobs;

/// <summary>Jobs that pass from one owner to another, or are fought over.</summary>
public sealed class JobTakeoverTests : JobFixture
{
    [Fact]
    public async Task Job_WhoseOwnerLosesTheLease_LeavesTheJobToTheNewOwner()
    {
        await using var host = await StartAsync();
        var id = (await host.Client.SubmitAsync(TrainingHost.Request(ScriptedTrainer.Hang))).Id;
        var child = await ChildAsync(host, id);

        // As if this process had been frozen until its lease ran out, and another had claimed the job meanwhile.
        await SqlAsync($"UPDATE jobs SET fencing = fencing + 1, lease_owner = 'other', lease_expires_at = now() + interval '1 hour'");

        await Eventually.TrueAsync(() => !IsRunning(child));
        await Eventually.TrueAsync(() => !Directory.EnumerateDirectories(Path.Combine(host.Folder, "jobs")).Any());
        Assert.Equal(JobStatus.Running, (await host.Client.FindAsync(id))!.Status);
        Assert.Empty(Registry.Versions);
    }

    [Fact]
    public async Task Job_OfADeadOwner_IsTakenOverAndItsOpenRunClosed()
    {
        await using var host = await StartAsync();
        var contexts = new TestContexts(Database.ConnectionString);
        var dead = new ManualClock(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1));
        var row = JobView.NewRow(Guid.NewGuid(), TrainingHost.Request(), dead);
        var open = await OpenRunAsync(row.Id);

        // One transaction would be cleaner; the service must cope either way, since it may claim the job before the dead owner does.
        await new JobStore(contexts, dead).CreateAsync(row, 10, default);
        await new JobClaims(contexts, dead).ClaimAsync("dead", TimeSpan.FromSeconds(1), default);
        var job = await host.EndedAsync(row.Id);

        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.Equal("FAILED", FakeRegistry.Status(Registry.Runs[open]));
        Assert.Single(Registry.Versions);
    }

    [Fact]
    public async Task Job_CancelledWhileItsOwnerWasDead_LeavesNoRunOpen()
    {
        var contexts = new TestContexts(Database.ConnectionString);
        await contexts.MigrateAsync(TimeProvider.System);
        var dead = new ManualClock(TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1));
        var row = JobView.NewRow(Guid.NewGuid(), TrainingHost.Request(), dead);
        var open = await OpenRunAsync(row.Id);
        var store = new JobStore(contexts, dead);
        await store.CreateAsync(row, 10, default);
        var claims = new JobClaims(contexts, dead);
        await claims.SetRunAsync((await claims.ClaimAsync("dead", TimeSpan.FromSeconds(1), default))!, open, default);
        await store.CancelAsync(row.Id, default);

        await using var host = await StartAsync();

        Assert.Equal(JobStatus.Cancelled, (await host.EndedAsync(row.Id)).Status);
        Assert.Equal("KILLED", FakeRegistry.Status(Registry.Runs[open]));
    }

    [Fact]
    public async Task Job_WhoseOwnerDiedAfterRegistering_IsFinishedWithoutTrainingAgain()
    {
        await using var host = await StartAsync();
        var first = await RunAsync(host, TrainingHost.Request());
        await SqlAsync(
            $"UPDATE jobs SET status = 'running', lease_owner = 'dead', lease_expires_at = now() - interval '1 minute', model_version = NULL, ended_at = NULL"
        );

        var job = await Eventually.GetAsync(async () =>
            await host.Client.FindAsync(first.Id) is { Status: JobStatus.Succeeded } found ? found : null
        );

        Assert.Equal((2, 1, first.RunId), (job.Attempt, job.ModelVersion, job.RunId));
        Assert.Single(Registry.Versions);
        Assert.Single(Registry.Runs);
    }

    [Fact]
    public async Task Jobs_OfTwoServices_AreEachRunOnce()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync(("Training:Concurrency", "2"));
        var jobs = new List<Guid>();
        for (var i = 0; i < 6; i++)
        {
            jobs.Add((await one.Client.SubmitAsync(TrainingHost.Request())).Id);
        }

        foreach (var id in jobs)
        {
            var job = await other.EndedAsync(id);
            Assert.Equal((JobStatus.Succeeded, 1), (job.Status, job.Attempt));
        }
        Assert.Equal(6, Registry.Versions.Count);
        Assert.Equal(Enumerable.Range(1, 6), (await one.Client.ListAsync()).Jobs.Select(job => job.ModelVersion!.Value).Order());
    }

    private async Task<string> OpenRunAsync(Guid job)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Registry.Url) };
        var run = await new Contracts.Mlflow.MlflowClient(http).CreateRunAsync(
            "7",
            "left open",
            new Dictionary<string, string> { [RunNames.JobTag] = job.ToString() }
        );
        return run.Info.RunId;
    }

    private async Task SqlAsync(string sql)
    {
        await using var connection = new Npgsql.NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
