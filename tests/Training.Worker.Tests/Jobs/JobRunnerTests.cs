using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Training;
using Slipway.Testing;
using Slipway.Training.Worker.Jobs;
using Slipway.Training.Worker.Storage;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Jobs;

public sealed class JobRunnerTests : JobFixture
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
    public async Task Job_ThatSucceeds_NamesWhatItWasTrainedOn()
    {
        await using var host = await StartAsync();

        var job = await RunAsync(host, TrainingHost.Request());

        var inputs = Assert.Single(Registry.Inputs);
        Assert.Equal(job.RunId, (string)inputs["run_id"]!);
        var input = Assert.Single((JsonArray)inputs["datasets"]!)!;
        Assert.Equal("training", (string)Assert.Single((JsonArray)input["tags"]!)!["value"]!);
        var dataset = input["dataset"]!;
        Assert.Equal(
            ("mlflow-artifacts:/data/rows.csv", "mlflow-artifacts", """{"uri":"mlflow-artifacts:/data/rows.csv"}"""),
            ((string)dataset["name"]!, (string)dataset["source_type"]!, (string)dataset["source"]!)
        );
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Registry.Artifacts["data/rows.csv"]))[..32], (string)dataset["digest"]!);
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
        // Long enough for the program to say its number on a busy machine.
        await using var host = await StartAsync(("Training:TimeLimit", "00:00:05"));
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

    // The second try of the first and the third looks before it acts, and finds what the first has done.
    [Theory]
    [InlineData("runs/create", 1)]
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
    public async Task Job_WhenTheAnswerToABatchIsLost_SendsThatOneAgain()
    {
        await using var host = await StartAsync();
        Registry.LoseAnswers("runs/log-batch");

        var job = await RunAsync(host, TrainingHost.Request());

        Assert.Equal((JobStatus.Succeeded, 1), (job.Status, job.Attempt));
        // How many batches there are depends on the training program's pace. The registry takes the same points twice as once.
        var batches = Registry.Batches.ToList();
        Assert.Equal(batches[0], batches[1]);
        Assert.Equal(batches.Skip(1).Distinct(), batches.Skip(1));
        Assert.Equal([10.0, 9, 8, 7, 6], Points(Registry.Runs[job.RunId!], "holdout_mae").Distinct());
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

    private static IEnumerable<double> Points(JsonObject run, string key) =>
        ((JsonArray)run["data"]!["metrics"]!).Where(metric => (string)metric!["key"]! == key).Select(metric => (double)metric!["value"]!);

    private string Text(string artifact) => Encoding.UTF8.GetString(Registry.Artifacts[artifact]);
}
