using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Search;

public sealed class RunSearchTests : IClassFixture<RunSearchTests.Data>
{
    private readonly Data _data;

    public RunSearchTests(Data data) => _data = data;

    [Theory]
    [InlineData("", "a b c d")]
    [InlineData("metrics.mae < 20", "a")]
    [InlineData("metrics.mae >= 20", "b")]
    [InlineData("metrics.mae != 10", "b c")]
    [InlineData("metrics.mae = 0", "")]
    [InlineData("METRICS.mae > 1e-3 and params.trainer = 'gbdt'", "a b")]
    [InlineData("params.trainer LIKE 'lin%'", "c")]
    [InlineData("params.trainer ILIKE 'GB%'", "a b")]
    [InlineData("params.trainer LIKE 'GB%'", "")]
    [InlineData("tags.team != 'bikes'", "c")]
    [InlineData("tags.`odd key` = 'x'", "a")]
    [InlineData("tags.\"odd key\" = \"x\"", "a")]
    [InlineData("tags.mlflow.runName = 'b'", "b")]
    [InlineData("tags.team IS NULL", "d")]
    [InlineData("tags.team IS NOT NULL AND metrics.mae < 15", "a")]
    [InlineData("attributes.run_name = 'c'", "c")]
    [InlineData("run_name IN ('a')", null)]
    [InlineData("status = 'FINISHED'", "b")]
    [InlineData("start_time > 1001 AND start_time <= 1003", "b c")]
    [InlineData("metrics.mae = '10'", null)]
    [InlineData("params.trainer = 10", null)]
    [InlineData("params.trainer > 'a'", null)]
    [InlineData("params.trainer = gbdt", null)]
    [InlineData("metrics.mae", null)]
    [InlineData("metrics.mae > ", null)]
    [InlineData("(metrics.mae > 1)", null)]
    [InlineData("metrics.mae > 1; DROP TABLE runs", null)]
    [InlineData("params.trainer = 'x' -- comment", null)]
    [InlineData("tags.team = 'it''s'", null)]
    [InlineData("colour = 'x'", null)]
    public async Task Search_Filter_FindsExactly(string filter, string? expected)
    {
        var answer = await _data.Host.PostAsync(
            "runs/search",
            new System.Text.Json.Nodes.JsonObject
            {
                ["experiment_ids"] = new System.Text.Json.Nodes.JsonArray(_data.Experiment),
                ["filter"] = filter,
                ["order_by"] = new System.Text.Json.Nodes.JsonArray("attributes.run_name ASC"),
            }.ToJsonString()
        );

        if (expected is null)
        {
            Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (answer.Status, (string?)answer.Body["error_code"]));
            return;
        }
        Assert.Equal(200, answer.Status);
        var names = answer.Body["runs"]?.AsArray().Select(r => (string)r!["info"]!["run_name"]!) ?? [];
        Assert.Equal(expected, string.Join(' ', names));
    }

    [Theory]
    [InlineData("metrics.mae", "a b c d")]
    [InlineData("metrics.mae ASC", "a b c d")]
    [InlineData("metrics.mae DESC", "b a c d")]
    [InlineData("params.trainer DESC", "c b a d")]
    [InlineData("start_time", "a b c d")]
    public async Task Search_Order_PutsNaNThenMissingLast(string order, string expected)
    {
        var page = await _data.Host.Mlflow.SearchRunsAsync(new SearchRunsRequest { ExperimentIds = [_data.Experiment], OrderBy = [order] });

        Assert.Equal(expected, string.Join(' ', page.Runs.Select(r => r.Info.RunName)));
    }

    [Fact]
    public async Task Search_Pages_CoverEveryRunOnce()
    {
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await _data.Host.Mlflow.SearchRunsAsync(
                new SearchRunsRequest
                {
                    ExperimentIds = [_data.Experiment],
                    MaxResults = 3,
                    PageToken = token,
                }
            );
            names.AddRange(page.Runs.Select(r => r.Info.RunName));
            token = page.NextPageToken;
        } while (token is not null);

        Assert.Equal(["d", "c", "b", "a"], names);
    }

    /// <summary>Four runs: two with a number, one with NaN, one with nothing.</summary>
    public sealed class Data : IAsyncLifetime
    {
        public RegistryHost Host { get; private set; } = null!;

        public string Experiment { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Host = await RegistryHost.StartAsync();
            Experiment = await Host.Mlflow.GetOrCreateExperimentAsync("search");
            await AddAsync("a", 1001, 10, "gbdt", new() { ["team"] = "bikes", ["odd key"] = "x" });
            var b = await AddAsync("b", 1002, 20, "gbdt", new() { ["team"] = "bikes" });
            await AddAsync("c", 1003, double.NaN, "linear", new() { ["team"] = "cars" });
            await AddAsync("d", 1004, null, null, []);
            await Host.Mlflow.UpdateRunAsync(b, MlflowRunStatus.Finished);
        }

        public async Task DisposeAsync() => await Host.DisposeAsync();

        private async Task<string> AddAsync(string name, long start, double? mae, string? trainer, Dictionary<string, string> tags)
        {
            var run = await Host.Mlflow.CreateRunAsync(Experiment, name, tags, DateTimeOffset.FromUnixTimeMilliseconds(start));
            await Host.Mlflow.LogBatchAsync(
                run.Info.RunId,
                mae is { } value
                    ?
                    [
                        new MlflowMetric
                        {
                            Key = "mae",
                            Value = value,
                            Timestamp = 1,
                        },
                    ]
                    : [],
                trainer is null ? null : new Dictionary<string, string> { ["trainer"] = trainer }
            );
            return run.Info.RunId;
        }
    }
}
