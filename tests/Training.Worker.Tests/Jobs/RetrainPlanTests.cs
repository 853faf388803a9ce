using System.Text.RegularExpressions;
using Slipway.Contracts.Messages;
using Slipway.Training.Worker.Jobs;
using Slipway.Training.Worker.Tests.Support;

namespace Slipway.Training.Worker.Tests.Jobs;

public sealed partial class RetrainPlanTests
{
    private const string File = "mlflow-artifacts:/first.csv";

    [Fact]
    public void Make_FromAMessage_KeepsTheMethodAndTakesDataPromotionAndReason()
    {
        var previous = TrainingHost.Request() with
        {
            Parameters = new Dictionary<string, string> { ["trees"] = "50" },
            Task = "regression",
            Experiment = "demand",
            Reason = "by hand",
        };
        var request = RetrainPlan.Make(Message("predictions:/bikes", append: false) with { PromoteTo = "production" }, previous);

        Assert.Equal(["predictions:/bikes"], request.Datasets);
        Assert.Equal(("production", "drift"), (request.PromoteTo, request.Reason));
        Assert.Equal(
            (previous.Target, previous.Trainer, previous.Task, previous.Experiment, previous.ModelName),
            (request.Target, request.Trainer, request.Task, request.Experiment, request.ModelName)
        );
        Assert.Equal("50", request.Parameters["trees"]);
        Assert.Equal("last_dataset", request.Parameters["holdout_from"]);
    }

    [Theory]
    [InlineData(File, "predictions:/bikes?from=5&to=9", File + " predictions:/bikes?from=5&to=9")]
    [InlineData(
        File + " predictions:/bikes?from=5&to=7",
        "predictions:/bikes?from=5&to=9",
        File + " predictions:/bikes?from=5&to=7 predictions:/bikes?from=7&to=9"
    )]
    [InlineData(
        File + " predictions:/bikes?from=3&to=4 predictions:/bikes?from=4&to=7",
        "predictions:/bikes?from=3&to=9",
        File + " predictions:/bikes?from=3&to=7 predictions:/bikes?from=7&to=9"
    )]
    [InlineData(File + " predictions:/bikes?from=3&to=9", "predictions:/bikes?from=5&to=9", File + " predictions:/bikes?from=3&to=9")]
    [InlineData(
        File + " predictions:/bikes?from=1&to=3",
        "predictions:/bikes?from=5&to=9",
        File + " predictions:/bikes?from=1&to=3 predictions:/bikes?from=5&to=9"
    )]
    [InlineData(
        "predictions:/bikes?from=1&to=7 predictions:/scooters?from=1&to=9",
        "predictions:/bikes?from=5&to=9",
        "predictions:/bikes?from=1&to=7 predictions:/scooters?from=1&to=9 predictions:/bikes?from=7&to=9"
    )]
    [InlineData(File, File, File)]
    [InlineData(File, "mlflow-artifacts:/second.csv", File + " mlflow-artifacts:/second.csv")]
    public void Append_ToOlderDatasets_ReadsNoRowTwice(string previous, string added, string expected) =>
        Assert.Equal(
            expected.Split(' ').Select(Dated),
            RetrainPlan.Append([.. previous.Split(' ').Select(Dated)], Dated(added)).Select(Uri.UnescapeDataString)
        );

    private static TrainModel Message(string dataset, bool append) =>
        new()
        {
            Id = Guid.NewGuid(),
            At = default,
            Model = "bikes",
            Dataset = dataset,
            AppendToPrevious = append,
            Reason = "drift",
        };

    /// <summary>Spells the days of the short form above out.</summary>
    private static string Dated(string text) => DayPattern().Replace(text, "=2011-01-0$1T00:00:00Z");

    [GeneratedRegex("=(\\d)")]
    private static partial Regex DayPattern();
}
