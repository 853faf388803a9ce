using System.Globalization;
using Npgsql;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Runs;

public sealed class RunLoggingTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task LogBatch_Repeated_ChangesNothing()
    {
        var run = await RunAsync();
        MlflowMetric[] metrics = [Point("loss", 1, 0), Point("loss", double.NaN, 1), Point("loss", 0.5, 2), Point("loss", 0.5, 2)];

        await _host.Mlflow.LogBatchAsync(run, metrics);
        await _host.Mlflow.LogBatchAsync(run, metrics);

        var history = await _host.Mlflow.GetMetricHistoryAsync(run, "loss");
        Assert.Equal([1, double.NaN, 0.5], history.Select(m => m.Value));
    }

    [Fact]
    public async Task LogBatch_OlderStepLater_KeepsTheLatestByStep()
    {
        var run = await RunAsync();

        await _host.Mlflow.LogBatchAsync(run, [Point("acc", 0.9, 10)]);
        await _host.Mlflow.LogBatchAsync(run, [Point("acc", 0.1, 2)]);

        var metric = Assert.Single((await _host.Mlflow.GetRunAsync(run)).Data.Metrics);
        Assert.Equal((0.9, 10L), (metric.Value, metric.Step));
    }

    [Theory]
    [InlineData("\"NaN\"", double.NaN)]
    [InlineData("NaN", double.NaN)]
    [InlineData("\"Infinity\"", double.MaxValue)]
    [InlineData("\"-Infinity\"", double.MinValue)]
    [InlineData("\"1e-3\"", 0.001)]
    [InlineData("true", 1.0)]
    [InlineData("-0.0", 0.0)]
    public async Task LogMetric_EveryFormOfNumber_IsStored(string json, double expected)
    {
        var run = await RunAsync();

        var (status, _) = await _host.PostAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":{{json}},"timestamp":1}""");

        Assert.Equal(200, status);
        Assert.Equal(expected, Assert.Single((await _host.Mlflow.GetRunAsync(run)).Data.Metrics).Value);
    }

    [Theory]
    [InlineData("""{"key":"m","value":"abc","timestamp":1}""", "value")]
    [InlineData("""{"key":"m","timestamp":1}""", "value")]
    [InlineData("""{"key":"m","value":1}""", "timestamp")]
    [InlineData("""{"key":"m","value":1,"timestamp":-1}""", "timestamp")]
    [InlineData("""{"key":"../m","value":1,"timestamp":1}""", "metric name")]
    [InlineData("""{"key":"a//b","value":1,"timestamp":1}""", "metric name")]
    [InlineData("""{"key":"a%b","value":1,"timestamp":1}""", "metric name")]
    [InlineData("""{"value":1,"timestamp":1}""", "key")]
    public async Task LogMetric_Wrong_IsRefused(string json, string words)
    {
        var run = await RunAsync();

        var (status, body) = await _host.PostAsync("runs/log-metric", json.Insert(1, $"\"run_id\":\"{run}\","));

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        Assert.Contains(words, (string)body["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogBatch_ChangedParam_IsRefusedWhole()
    {
        var run = await RunAsync();
        await _host.Mlflow.LogBatchAsync(run, parameters: new Dictionary<string, string> { ["lr"] = "0.1" });

        var (status, body) = await _host.PostAsync(
            "runs/log-batch",
            $$"""{"run_id":"{{run}}","metrics":[{"key":"m","value":1,"timestamp":1}],"params":[{"key":"lr","value":"0.2"},{"key":"new","value":"1"}],"tags":[{"key":"t","value":"1"}]}"""
        );

        Assert.Equal(400, status);
        Assert.Contains("Changing param values is not allowed", (string)body["message"]!, StringComparison.Ordinal);
        var data = (await _host.Mlflow.GetRunAsync(run)).Data;
        Assert.Equal(("lr", "0.1"), (Assert.Single(data.Params).Key, data.Params[0].Value));
        Assert.Empty(data.Metrics);
        Assert.DoesNotContain(data.Tags, t => t.Key == "t");
    }

    [Fact]
    public async Task LogBatch_TooMany_SaysTheLimit()
    {
        var run = await RunAsync();
        var metrics = string.Join(',', Enumerable.Range(0, 1001).Select(i => $$"""{"key":"m","value":{{i}},"timestamp":{{i}}}"""));

        var (status, body) = await _host.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{metrics}}]}""");

        Assert.Equal(400, status);
        Assert.Contains("at most 1000 metrics. Got 1001", (string)body["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogBatch_MemberWithoutValue_IsNamedByItsPlace()
    {
        var run = await RunAsync();

        var (_, body) = await _host.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{"key":"m","timestamp":1}]}""");

        Assert.Contains("'metrics[0].value'", (string)body["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_DeletedOrUnknownRun_IsRefused()
    {
        var run = await RunAsync();
        Assert.Equal(200, (await _host.PostAsync("runs/delete", $$"""{"run_id":"{{run}}"}""")).Status);

        var deleted = await _host.PostAsync("runs/set-tag", $$"""{"run_id":"{{run}}","key":"k","value":"v"}""");
        var unknown = await _host.PostAsync(
            "runs/log-batch",
            """{"run_id":"0123456789abcdef0123456789abcdef","params":[{"key":"k","value":"v"}]}"""
        );

        Assert.Equal(400, deleted.Status);
        Assert.Equal(404, unknown.Status);
        Assert.Equal(200, (await _host.PostAsync("runs/restore", $$"""{"run_id":"{{run}}"}""")).Status);
        Assert.Equal(200, (await _host.PostAsync("runs/set-tag", $$"""{"run_id":"{{run}}","key":"k","value":"v"}""")).Status);
    }

    [Fact]
    public async Task RunName_AndItsTag_StayTheSame()
    {
        var run = await RunAsync();

        await _host.Mlflow.SetTagAsync(run, "mlflow.runName", "by tag");
        Assert.Equal("by tag", (await _host.Mlflow.GetRunAsync(run)).Info.RunName);

        await _host.PostAsync("runs/update", $$"""{"run_id":"{{run}}","run_name":"by update"}""");
        var tags = (await _host.Mlflow.GetRunAsync(run)).Data.Tags;
        Assert.Equal("by update", tags.Single(t => t.Key == "mlflow.runName").Value);
    }

    [Fact]
    public async Task LogBatch_FromManyAtOnce_LosesNothing()
    {
        var run = await RunAsync();
        var writers = Enumerable
            .Range(0, 16)
            .Select(w =>
                _host.Mlflow.LogBatchAsync(
                    run,
                    [.. Enumerable.Range(0, 200).Select(i => Point($"m{i % 20}", w, (w * 200) + i))],
                    tags: Enumerable.Range(0, 20).ToDictionary(i => $"t{(w + i) % 20}", _ => w.ToString(CultureInfo.InvariantCulture))
                )
            );

        await Task.WhenAll(writers);

        var history = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _host.Mlflow.GetMetricHistoryAsync(run, $"m{i}")));
        Assert.Equal(16 * 200, history.Sum(h => h.Count));
        var latest = (await _host.Mlflow.GetRunAsync(run)).Data.Metrics;
        Assert.All(latest, m => Assert.Equal(15, m.Value));
    }

    [Fact]
    public async Task History_LongerThanAPage_IsReadWhole()
    {
        const int points = 100_001;
        var run = await RunAsync();
        await using (var source = NpgsqlDataSource.Create(_host.ConnectionString))
        {
            await using var fill = source.CreateCommand(
                $"INSERT INTO metrics SELECT '{run}', 'long', i, i, i FROM generate_series(1, {points}) AS i"
            );
            await fill.ExecuteNonQueryAsync();
        }

        var (_, first) = await _host.GetAsync($"metrics/get-history?run_id={run}&metric_key=long");
        var history = await _host.Mlflow.GetMetricHistoryAsync(run, "long");

        Assert.Equal(100_000, first["metrics"]!.AsArray().Count);
        Assert.NotNull(first["next_page_token"]);
        Assert.Equal(Enumerable.Range(1, points), history.Select(m => (int)m.Step));
    }

    [Fact]
    public async Task LogModel_Twice_MakesAListOfTwo()
    {
        var run = await RunAsync();
        const string model = """{"artifact_path":"a","flavors":{},"utc_time_created":"t","run_id":"r"}""";

        await _host.Mlflow.LogModelAsync(run, model);
        await _host.Mlflow.LogModelAsync(run, model);
        var (status, _) = await _host.PostAsync("runs/log-model", $$"""{"run_id":"{{run}}","model_json":"{}"}""");

        var tag = (await _host.Mlflow.GetRunAsync(run)).Data.Tags.Single(t => t.Key == "mlflow.log-model.history").Value;
        Assert.Equal($"[{model}, {model}]", tag);
        Assert.Equal(400, status);
    }

    private async Task<string> RunAsync() => (await _host.Mlflow.CreateRunAsync("0", null)).Info.RunId;

    private static MlflowMetric Point(string key, double value, long step) =>
        new()
        {
            Key = key,
            Value = value,
            Timestamp = step,
            Step = step,
        };
}
