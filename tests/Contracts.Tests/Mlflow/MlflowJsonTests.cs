using System.Text.Json;
using Slipway.Contracts.Mlflow;

namespace Slipway.Contracts.Tests.Mlflow;

public sealed class MlflowJsonTests
{
    [Fact]
    public void For_EmptyLists_AreLeftOut()
    {
        var json = JsonSerializer.Serialize(new RunPage([], null), MlflowJson.For<RunPage>());

        Assert.Equal("{}", json);
    }

    [Fact]
    public void For_Run_WritesSnakeCaseAndEmptyInputs()
    {
        var run = new MlflowRun
        {
            Info = new MlflowRunInfo
            {
                RunId = "a",
                RunUuid = "a",
                ExperimentId = "0",
                Status = MlflowRunStatus.Running,
                StartTime = 1_700_000_000_000,
            },
            Data = new MlflowRunData { Params = [new("k", "v")] },
        };

        var json = JsonSerializer.Serialize(new RunAnswer(run), MlflowJson.For<RunAnswer>());

        Assert.Equal(
            """{"run":{"info":{"run_id":"a","run_uuid":"a","run_name":"","experiment_id":"0","user_id":"","status":"RUNNING","start_time":1700000000000,"artifact_uri":"","lifecycle_stage":"active"},"data":{"params":[{"key":"k","value":"v"}]},"inputs":{}}}""",
            json
        );
    }

    [Theory]
    [InlineData(double.NaN, "\"NaN\"")]
    [InlineData(double.PositiveInfinity, "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "\"-Infinity\"")]
    [InlineData(0.5, "0.5")]
    public void For_MetricValue_KeepsWhatJsonNumbersCannotSay(double value, string text)
    {
        var page = new MetricPage(
            [
                new MlflowMetric
                {
                    Key = "k",
                    Value = value,
                    Timestamp = 1,
                },
            ],
            null
        );

        var json = JsonSerializer.Serialize(page, MlflowJson.For<MetricPage>());
        var back = JsonSerializer.Deserialize(json, MlflowJson.For<MetricPage>())!;

        Assert.Contains($"\"value\":{text}", json, StringComparison.Ordinal);
        Assert.Equal(value, Assert.Single(back.Metrics).Value);
    }

    [Fact]
    public void For_MissingListsAndIntegersAsText_AreRead()
    {
        var answer = JsonSerializer.Deserialize(
            """{"experiment":{"experiment_id":"1","name":"n","creation_time":"123"}}""",
            MlflowJson.For<ExperimentAnswer>()
        )!;

        Assert.Equal(123, answer.Experiment.CreationTime);
        Assert.Empty(answer.Experiment.Tags);
    }
}
