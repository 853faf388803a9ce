using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Storage;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Jobs;

/// <summary>Whole jobs with the real training program, started as the service starts it.</summary>
public sealed class TrainingJobTests : JobFixture
{
    private static readonly (string, string) s_realRunner = ("Training:RunnerPath", "");

    [Theory]
    [InlineData("gbdt")]
    [InlineData("linear")]
    public async Task Job_OnALinearRelation_LearnsItAndBeatsTheMean(string trainer)
    {
        await using var host = await StartAsync(s_realRunner);
        Registry.Artifacts["data/rows.csv"] = Rows(800, seed: 1);

        var job = await RunAsync(host, trainer);

        Assert.True(job.Status == JobStatus.Succeeded, $"{job.ErrorCode} {job.Message}");
        var metrics = (JsonArray)Registry.Runs[job.RunId!]["data"]!["metrics"]!;
        var r2 = (double)metrics.Last(metric => (string)metric!["key"]! == "r2")!["value"]!;
        Assert.InRange(r2, 0.9, 1);
        var prefix = $"7/{job.RunId}/artifacts/model/";
        Assert.Equal(
            ["MLmodel", "baseline.json", "input_example.json", "model.onnx"],
            Registry
                .Artifacts.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(key => key[prefix.Length..])
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Job_AfterOneInProduction_MeasuresBothOnTheSameRows()
    {
        await using var host = await StartAsync(s_realRunner);
        Registry.Artifacts["data/rows.csv"] = Rows(400, seed: 1);
        await RunAsync(host, "linear");
        Registry.Production = 1;
        Registry.DatasetsOfEndpoints["demand"] = Encoding
            .UTF8.GetString(Rows(400, seed: 2))
            .Replace("id,temp,kind,y", "id,temp,kind,outcome", StringComparison.Ordinal);

        var job = await RunAsync(host, "gbdt", "predictions:/demand?from=2011-01-01&to=2011-02-01");

        Assert.True(job.Status == JobStatus.Succeeded, $"{job.ErrorCode} {job.Message}");
        var run = Registry.Runs[job.RunId!];
        Assert.Equal("1", FakeRegistry.Tags(run)[RunNames.IncumbentVersionTag]);
        var names = ((JsonArray)run["data"]!["metrics"]!).Select(metric => (string)metric!["key"]!).ToHashSet();
        Assert.Superset(new HashSet<string> { "mae", "incumbent_mae", "rmse", "incumbent_rmse" }, names);
        Assert.Equal(
            "640",
            ((JsonArray)run["data"]!["params"]!).Where(p => (string)p!["key"]! == "train_rows").Select(p => (string)p!["value"]!).Single()
        );
    }

    [Theory]
    [InlineData("id,temp,kind\n1,2,a\n", "target_not_found")]
    [InlineData("id,temp,kind,y\n1,2,a\n", "ragged_row")]
    [InlineData("", "empty_file")]
    public async Task Job_OnABadFile_FailsWithTheReadersCode(string csv, string code)
    {
        await using var host = await StartAsync(s_realRunner);
        Registry.Artifacts["data/rows.csv"] = Encoding.UTF8.GetBytes(csv);

        var job = await RunAsync(host, "linear");

        Assert.Equal((JobStatus.Failed, code, 1), (job.Status, job.ErrorCode, job.Attempt));
        Assert.Equal("FAILED", FakeRegistry.Status(Registry.Runs[job.RunId!]));
    }

    private static async Task<TrainingJob> RunAsync(TrainingHost host, string trainer, params string[] more)
    {
        var request = TrainingHost.Request("y", "demand") with
        {
            Datasets = ["mlflow-artifacts:/data/rows.csv", .. more],
            Trainer = trainer,
            Parameters = new Dictionary<string, string> { ["exclude"] = "id" },
        };
        return await host.EndedAsync((await host.Client.SubmitAsync(request)).Id);
    }

    /// <summary>y = 3 temp + (5 for kind b) + noise.</summary>
    private static byte[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        var csv = new StringBuilder("id,temp,kind,y\n");
        for (var i = 0; i < count; i++)
        {
            var (temp, kind) = (random.NextDouble() * 10, random.Next(2));
            csv.Append(
                CultureInfo.InvariantCulture,
                $"{i},{temp:F4},{(kind == 0 ? 'a' : 'b')},{(3 * temp) + (5 * kind) + random.NextDouble():F4}\n"
            );
        }
        return Encoding.UTF8.GetBytes(csv.ToString());
    }
}
