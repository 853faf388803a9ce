using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Contracts.Training;
using Slipway.Testing;
using Slipway.Training.Worker.Jobs;
using Slipway.Training.Worker.Storage;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Jobs;

public sealed partial class JobRunnerTests : JobFixture
{
    [Fact]
    public async Task Job_ThatSucceeds_IsTrackedRegisteredAndPromoted()
    {
        await using var host = await StartAsync();

        var submitted = await host.Client.SubmitAsync(TrainingHost.Request() with { PromoteTo = "production", Reason = "a test" });
        var job = await host.EndedAsync(submitted.Id);

        Assert.Equal((JobStatus.Succeeded, 1, 1, 1.0), (job.Status, job.Attempt, job.ModelVersion, job.Progress));
        var run = Registry.Runs[job.RunId!];
        Assert.Equal("FINISHED", FakeRegistry.Status(run));
        var tags = FakeRegistry.Tags(run);
        Assert.Equal((job.Id.ToString(), "a test"), (tags[RunNames.JobTag], tags[RunNames.ReasonTag]));
        Assert.Equal([10.0, 9, 8, 7, 6], Points(run, "holdout_mae"));
        Assert.Equal([5.0], Points(run, "mae"));
        Assert.Equal("3", (string)((JsonArray)run["data"]!["params"]!).Single()!["value"]!);
        var version = Assert.Single(Registry.Versions);
        Assert.Equal(("bikes", $"mlflow-artifacts:/7/{job.RunId}/artifacts/model", job.RunId), version);
        Assert.Equal(ScriptedTrainer.ModelText, Text($"7/{job.RunId}/artifacts/model/model.onnx"));
        Assert.Equal(job.RunId, (string)JsonNode.Parse(Assert.Single(Registry.LoggedModels))!["run_id"]!);
        var promotion = Assert.Single(Registry.Promotions);
        Assert.Equal((job.Id.ToString(), job.PromotionId), (promotion.Key, Guid.Parse((string)promotion.Value["id"]!)));
        // The job ends for its callers first; its folder goes after that.
        await Eventually.TrueAsync(() => Directory.GetDirectories(Path.Combine(host.Folder, "jobs")).Length == 0);
    }

    [Fact]
    public async Task Job_OfAModelInProduction_IsMeasuredAgainstIt()
    {
        await using var host = await StartAsync();
        await RunAsync(host, TrainingHost.Request());
        Registry.Production = 1;

        var job = await RunAsync(host, TrainingHost.Request());

        var run = Registry.Runs[job.RunId!];
        Assert.Equal("1", FakeRegistry.Tags(run)[RunNames.IncumbentVersionTag]);
        // The scripted trainer measures the length of the file it is given: it got the incumbent's own bytes.
        Assert.Equal([(double)ScriptedTrainer.ModelText.Length], Points(run, "incumbent_mae"));
    }

    [Fact]
    public async Task Job_OfAModelInProductionWithSpoiledFiles_IsTrainedWithoutAComparison()
    {
        await using var host = await StartAsync();
        await RunAsync(host, TrainingHost.Request());
        (Registry.Production, Registry.SpoilBlobs) = (1, true);

        var job = await RunAsync(host, TrainingHost.Request());

        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.DoesNotContain(RunNames.IncumbentVersionTag, FakeRegistry.Tags(Registry.Runs[job.RunId!]).Keys);
        Assert.Empty(Points(Registry.Runs[job.RunId!], "incumbent_mae"));
    }

    [Fact]
    public async Task Job_OverPredictions_ReadsThemUnderTheTargetsName()
    {
        await using var host = await StartAsync();
        Registry.DatasetsOfEndpoints["bikes-endpoint"] = "b,a,outcome\n5,4,6\n";

        var job = await RunAsync(
            host,
            TrainingHost.Request() with
            {
                Datasets = ["mlflow-artifacts:/data/rows.csv", "predictions:/bikes-endpoint?from=2011-01-01&to=2011-02-01"],
            }
        );

        Assert.Equal(JobStatus.Succeeded, job.Status);
        Assert.Equal($"a,b,y\n1,2,3\nb,a,{ScriptedTrainer.Succeed}\n5,4,6\n", Text($"7/{job.RunId}/artifacts/model/data.csv"));
        Assert.Contains(
            "GET /api/v1/endpoints/bikes-endpoint/dataset.csv?from=2011-01-01T00%3A00%3A00.0000000%2B00%3A00&to=2011-02-01T00%3A00%3A00.0000000%2B00%3A00",
            Registry.Calls
        );
    }

    [Theory]
    [InlineData("mlflow-artifacts:/data/none.csv", "dataset_not_found")]
    [InlineData("predictions:/nobody", "dataset_not_found")]
    [InlineData("predictions:/odd", "dataset_header")]
    [InlineData("mlflow-artifacts:/data/large.csv", "dataset_too_large")]
    public async Task Job_WhoseDatasetCannotBeRead_FailsAtOnce(string dataset, string code)
    {
        await using var host = await StartAsync(("Training:MaxDatasetBytes", "1000"));
        Registry.Artifacts["data/large.csv"] = new byte[1001];
        Registry.DatasetsOfEndpoints["odd"] = "a,b\n1,2\n";

        var job = await RunAsync(host, TrainingHost.Request() with { Datasets = ["mlflow-artifacts:/data/rows.csv", dataset] });

        Assert.Equal((JobStatus.Failed, code, 1), (job.Status, job.ErrorCode, job.Attempt));
        Assert.Empty(Registry.Runs);
    }

    [Fact]
    public async Task Job_ThatTheTrainerRefuses_FailsWithItsWordsAndIsNotRepeated()
    {
        await using var host = await StartAsync();

        var job = await RunAsync(host, TrainingHost.Request(ScriptedTrainer.Refuse));

        Assert.Equal((JobStatus.Failed, "target_not_found", 1), (job.Status, job.ErrorCode, job.Attempt));
        Assert.Equal("The dataset has no column 'script-refuse'.", job.Message);
        Assert.Equal("FAILED", FakeRegistry.Status(Assert.Single(Registry.Runs).Value));
        Assert.Empty(Registry.Versions);
    }

    [Fact]
    public async Task Job_WhoseTrainerCrashes_IsRepeatedAndThenFails()
    {
        await using var host = await StartAsync();

        var job = await RunAsync(host, TrainingHost.Request(ScriptedTrainer.Crash));

        Assert.Equal((JobStatus.Failed, "too_many_attempts", 3), (job.Status, job.ErrorCode, job.Attempt));
        Assert.Contains("77", job.Message, StringComparison.Ordinal);
        Assert.Equal(["FAILED", "FAILED", "FAILED"], Registry.Runs.Values.Select(FakeRegistry.Status));
        Assert.Contains((await host.Client.GetLogAsync(job.Id)).Lines, line => line.EndsWith("stderr: a bug", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Job_WhoseTrainerCrashesOnce_SucceedsInTheSecondAttempt()
    {
        await using var host = await StartAsync();

        var job = await RunAsync(host, TrainingHost.Request(ScriptedTrainer.CrashFirst));

        Assert.Equal((JobStatus.Succeeded, 2, 1), (job.Status, job.Attempt, job.ModelVersion));
        Assert.Equal(["FAILED", "FINISHED"], Registry.Runs.Values.Select(FakeRegistry.Status).Order());
        Assert.Single(Registry.Versions);
    }

    [Fact]
    public async Task Job_WhoseTrainerIsKilledFromOutside_IsRepeated()
    {
        await using var host = await StartAsync(("Training:MaxAttempts", "1"));
        var id = (await host.Client.SubmitAsync(TrainingHost.Request(ScriptedTrainer.Hang))).Id;

        using (var child = Process.GetProcessById(await ChildAsync(host, id)))
        {
            child.Kill();
        }

        Assert.Equal("too_many_attempts", (await host.EndedAsync(id)).ErrorCode);
    }

    [Fact]
    public async Task Job_ThatTalksNonsense_KeepsItInTheLogAndGoesOn()
    {
        await using var host = await StartAsync();

        var job = await RunAsync(host, TrainingHost.Request(ScriptedTrainer.Babble));

        Assert.Equal((JobStatus.Succeeded, 1), (job.Status, job.Attempt));
        var log = (await host.Client.GetLogAsync(job.Id)).Lines;
        Assert.Contains(log, line => line.EndsWith(" not json", StringComparison.Ordinal));
        Assert.Contains(log, line => line.EndsWith("a library's last word", StringComparison.Ordinal));
        Assert.Single((await host.Client.GetLogAsync(job.Id, tail: 1)).Lines, log[^1]);
    }

    [Fact]
    public async Task Job_BeyondTheTimeLimit_IsStopped()
    {
        await using var host = await StartAsync(("Training:TimeLimit", "00:00:01"));
        var id = (await host.Client.SubmitAsync(TrainingHost.Request(ScriptedTrainer.Hang))).Id;
        var child = await ChildAsync(host, id);

        var job = await host.EndedAsync(id);

        Assert.Equal((JobStatus.Failed, "time_limit", 1), (job.Status, job.ErrorCode, job.Attempt));
        Assert.False(IsRunning(child));
    }

    [Fact]
    public async Task Job_BeyondTheMemoryLimit_IsStopped()
    {
        await using var host = await StartAsync(("Training:MemoryLimitBytes", $"{150L << 20}"));

        var job = await RunAsync(host, TrainingHost.Request(ScriptedTrainer.Hog));

        Assert.Equal((JobStatus.Failed, "memory_limit", 1), (job.Status, job.ErrorCode, job.Attempt));
    }

    [Fact]
    public async Task Job_CancelledWhileItTrains_LeavesNoProcessAndNoVersion()
    {
        await using var host = await StartAsync();
        var id = (await host.Client.SubmitAsync(TrainingHost.Request(ScriptedTrainer.Hang))).Id;
        var child = await ChildAsync(host, id);

        await host.Client.CancelAsync(id);
        var job = await host.EndedAsync(id);

        Assert.Equal(JobStatus.Cancelled, job.Status);
        Assert.False(IsRunning(child));
        Assert.Equal("KILLED", FakeRegistry.Status(Registry.Runs[job.RunId!]));
        Assert.Empty(Registry.Versions);
        Assert.Equal(JobStatus.Cancelled, (await host.Client.CancelAsync(id)).Status);
    }

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
    public async Task Job_WhileTheRegistryIsAway_WaitsAndSaysSo()
    {
        await using var host = await StartAsync();
        Registry.Away = true;
        var id = (await host.Client.SubmitAsync(TrainingHost.Request())).Id;

        await Eventually.TrueAsync(async () =>
            (await host.Client.FindAsync(id))!.Message?.StartsWith("Waiting for the registry", StringComparison.Ordinal) == true
        );
        Assert.Equal(JobStatus.Running, (await host.Client.FindAsync(id))!.Status);
        Registry.Away = false;

        Assert.Equal((JobStatus.Succeeded, 1), ((await host.EndedAsync(id)) is var job ? (job.Status, job.Attempt) : default));
    }

    // The second try of the first and the fourth looks before it acts, and finds what the first has done; a batch is two calls, points and params.
    [Theory]
    [InlineData("runs/create", 1)]
    [InlineData("runs/log-batch", 3)]
    [InlineData("model/model.onnx", 2)]
    [InlineData("model-versions/create", 1)]
    [InlineData("promotions", 2)]
    public async Task Job_WhenAnAnswerIsLost_DoesNothingTwice(string call, int calls)
    {
        await using var host = await StartAsync();
        Registry.LoseAnswers(call);

        var job = await RunAsync(host, TrainingHost.Request() with { PromoteTo = "production" });

        Assert.Equal((JobStatus.Succeeded, 1), (job.Status, job.Attempt));
        Assert.Equal(calls, Registry.Calls.Count(made => made.Split('?')[0].EndsWith(call, StringComparison.Ordinal)));
        Assert.Single(Registry.Runs);
        Assert.Single(Registry.Versions);
        Assert.Single(Registry.Promotions);
    }

    [Fact]
    public async Task Stop_WhileAJobTrains_GivesItBackToTheQueue()
    {
        int child;
        Guid id;
        await using (var host = await StartAsync())
        {
            id = (await host.Client.SubmitAsync(TrainingHost.Request(ScriptedTrainer.Hang))).Id;
            child = await ChildAsync(host, id);
        }

        Assert.False(IsRunning(child));
        var row = (await new JobStore(new TestContexts(Database.ConnectionString), TimeProvider.System).FindAsync(id, default))!;
        Assert.Equal((JobStatus.Queued, 0), (row.Status, row.Attempt));
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

    [GeneratedRegex("^pid (\\d+)$")]
    private static partial Regex PidMessage();

    /// <summary>The process id of the job's training program, once it runs.</summary>
    private static async Task<int> ChildAsync(TrainingHost host, Guid id)
    {
        var pid = 0;
        await Eventually.TrueAsync(async () =>
            PidMessage().Match((await host.Client.FindAsync(id))?.Message ?? "") is { Success: true } match
            && int.TryParse(match.Groups[1].Value, out pid)
        );
        return pid;
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static async Task<TrainingJob> RunAsync(TrainingHost host, TrainingJobRequest request) =>
        await host.EndedAsync((await host.Client.SubmitAsync(request)).Id);

    private static IEnumerable<double> Points(JsonObject run, string key) =>
        ((JsonArray)run["data"]!["metrics"]!).Where(metric => (string)metric!["key"]! == key).Select(metric => (double)metric!["value"]!);

    private string Text(string artifact) => Encoding.UTF8.GetString(Registry.Artifacts[artifact]);

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
