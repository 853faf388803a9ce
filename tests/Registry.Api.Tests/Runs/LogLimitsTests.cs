using System.Text.Json.Nodes;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Runs;

/// <summary>Limits and rules of what is logged to a run: each at its edge.</summary>
public sealed class LogLimitsTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../a")]
    [InlineData("..a")]
    [InlineData("./a")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("a$b")]
    [InlineData("a\\nb")]
    [InlineData("")]
    public async Task Key_ThatIsNone_IsRefusedOnEveryRoute(string key)
    {
        var run = await _host.NewRunAsync();
        foreach (var (route, json) in Logged(run, key))
        {
            var (status, body) = await _host.PostAsync(route, json);
            Assert.True((400, "INVALID_PARAMETER_VALUE") == (status, (string?)body["error_code"]), $"{route} {status} {body}");
        }
        var data = (await _host.GetOkAsync($"runs/get?run_id={run}"))["run"]!["data"]!;
        Assert.Null(data["metrics"]);
        Assert.Null(data["params"]);
        Assert.Equal("mlflow.runName", data.List("tags").Single().Text("key"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/b.c-d e:f_g")]
    [InlineData("größe")]
    [InlineData(".a")]
    [InlineData("損失")]
    public async Task Key_OfEveryAllowedCharacter_IsKept(string key)
    {
        var run = await _host.NewRunAsync();
        foreach (var (route, json) in Logged(run, key))
        {
            await _host.PostOkAsync(route, json);
        }
        var data = (await _host.GetOkAsync($"runs/get?run_id={run}"))["run"]!["data"]!;
        Assert.Equal(key, data.List("metrics").Single().Text("key"));
        Assert.Equal(key, data.List("params").Single().Text("key"));
        Assert.Contains(data.List("tags"), tag => tag.Text("key") == key);
    }

    [Fact]
    public async Task Key_Of250Characters_IsTheLongest()
    {
        var run = await _host.NewRunAsync();
        foreach (var (route, json) in Logged(run, new string('k', 250)))
        {
            await _host.PostOkAsync(route, json);
        }
        foreach (var (route, json) in Logged(run, new string('k', 251)))
        {
            await _host.RefusedAsync(HttpMethod.Post, route, json, (400, "INVALID_PARAMETER_VALUE"), "exceeds the maximum length of 250");
        }
    }

    [Fact]
    public async Task Value_OfParamOrTag_IsCutAtItsLimit()
    {
        var run = await _host.NewRunAsync();
        await _host.PostOkAsync("runs/log-parameter", Pair(run, "p", new string('v', 6001)));
        await _host.PostOkAsync("runs/set-tag", Pair(run, "t", new string('v', 8001)));
        // The same value again is the same parameter, also beyond the limit.
        await _host.PostOkAsync("runs/log-parameter", Pair(run, "p", new string('v', 6001)));

        var data = (await _host.GetOkAsync($"runs/get?run_id={run}"))["run"]!["data"]!;

        Assert.Equal(new string('v', 6000), data.List("params").Single().Text("value"));
        Assert.Equal(new string('v', 8000), data.List("tags").Single(t => t.Text("key") == "t").Text("value"));
    }

    [Theory]
    [InlineData("\"key\":\"p\",\"value\":5", "Invalid value 5 for parameter 'value' supplied")]
    [InlineData("\"value\":\"v\"", "Missing value for required parameter 'key'")]
    public async Task LogParameter_Wrong_IsRefused(string members, string words)
    {
        var run = await _host.NewRunAsync();
        await _host.RefusedAsync(
            HttpMethod.Post,
            "runs/log-parameter",
            $$"""{"run_id":"{{run}}",{{members}}}""",
            (400, "INVALID_PARAMETER_VALUE"),
            words
        );
    }

    [Theory]
    [InlineData("\"value\":\"abc\",\"timestamp\":1", "for parameter 'value' supplied")]
    [InlineData("\"timestamp\":1", "Missing value for required parameter 'value'")]
    [InlineData("\"value\":1", "Missing value for required parameter 'timestamp'")]
    [InlineData("\"value\":1,\"timestamp\":-1", "nonnegative")]
    [InlineData("\"value\":1,\"timestamp\":1,\"step\":\"x\"", "for parameter 'step' supplied")]
    public async Task LogMetric_Wrong_IsRefused(string members, string words)
    {
        var run = await _host.NewRunAsync();
        await _host.RefusedAsync(
            HttpMethod.Post,
            "runs/log-metric",
            $$"""{"run_id":"{{run}}","key":"m",{{members}}}""",
            (400, "INVALID_PARAMETER_VALUE"),
            words
        );
    }

    [Theory]
    [InlineData("true", "0", "1", 0)]
    [InlineData("false", "-3", "0", -3)]
    [InlineData("\"2.5\"", "1.5", "2.5", 1)]
    [InlineData("\"Infinity\"", "9223372036854775807", "1.7976931348623157E+308", long.MaxValue)]
    [InlineData("-Infinity", "0", "-1.7976931348623157E+308", 0)]
    [InlineData("NaN", "0", "\"NaN\"", 0)]
    public async Task LogMetric_ValueAndStep_AreReadAsProto3Does(string value, string step, string expected, long expectedStep)
    {
        var run = await _host.NewRunAsync();
        await _host.PostOkAsync("runs/log-metric", $$"""{"run_id":"{{run}}","key":"m","value":{{value}},"timestamp":1,"step":{{step}}}""");

        var metric = (await _host.GetOkAsync($"runs/get?run_id={run}")).List("run", "data", "metrics").Single();

        Assert.Equal(expected, metric["value"]!.ToJsonString(), ignoreCase: true);
        Assert.Equal(expectedStep, (long)metric["step"]!);
    }

    [Theory]
    [InlineData(1001, 0, 0, "at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple requests and try again.")]
    [InlineData(0, 101, 0, "at most 100 params. Got 101 params. Please split up params across multiple requests and try again.")]
    [InlineData(0, 0, 101, "at most 100 tags. Got 101 tags. Please split up tags across multiple requests and try again.")]
    [InlineData(
        901,
        50,
        50,
        "at most 1000 metrics, params, and tags. Got 1001 metrics, params, and tags. Please split up metrics, params, and tags across multiple requests and try again."
    )]
    [InlineData(1000, 0, 0, null)]
    [InlineData(900, 50, 50, null)]
    [InlineData(800, 100, 100, null)]
    public async Task LogBatch_OfTooMuch_IsRefusedAndNothingLogged(int metrics, int parameters, int tags, string? words)
    {
        var run = await _host.NewRunAsync();
        var batch = new JsonObject
        {
            ["run_id"] = run,
            ["metrics"] = Many(
                metrics,
                i => new JsonObject
                {
                    ["key"] = $"m{i}",
                    ["value"] = i,
                    ["timestamp"] = 1,
                }
            ),
            ["params"] = Many(parameters, i => new JsonObject { ["key"] = $"p{i}", ["value"] = "v" }),
            ["tags"] = Many(tags, i => new JsonObject { ["key"] = $"t{i}", ["value"] = "v" }),
        };

        var (status, body) = await _host.PostAsync("runs/log-batch", batch.ToJsonString());

        Assert.Equal(words is null ? 200 : 400, status);
        Assert.Equal(words is null ? null : "A batch logging request can contain " + words, (string?)body["message"]);
        var data = (await _host.GetOkAsync($"runs/get?run_id={run}"))["run"]!["data"]!;
        Assert.Equal(
            words is null ? (metrics, parameters, tags + 1) : (0, 0, 1),
            (data.List("metrics").Count(), data.List("params").Count(), data.List("tags").Count())
        );
    }

    [Fact]
    public async Task LogBatch_SameParamTwice_IsRefusedAndSameTagTwice_TakesTheLast()
    {
        var run = await _host.NewRunAsync();
        await _host.RefusedAsync(
            HttpMethod.Post,
            "runs/log-batch",
            $$"""{"run_id":"{{run}}","params":[{"key":"a","value":"1"},{"key":"a","value":"1"}]}""",
            (400, "INVALID_PARAMETER_VALUE"),
            "Duplicate parameter keys have been submitted: ['a']"
        );
        await _host.PostOkAsync("runs/log-batch", $$"""{"run_id":"{{run}}","tags":[{"key":"a","value":"1"},{"key":"a","value":"2"}]}""");

        var tags = (await _host.GetOkAsync($"runs/get?run_id={run}")).List("run", "data", "tags");
        Assert.Equal("2", tags.Single(t => t.Text("key") == "a").Text("value"));
    }

    [Fact]
    public async Task LogBatch_WithOneParamThatConflicts_AppliesNothing()
    {
        var run = await _host.NewRunAsync();
        await _host.PostOkAsync("runs/log-parameter", Pair(run, "a", "1"));
        await _host.RefusedAsync(
            HttpMethod.Post,
            "runs/log-batch",
            $$"""
            {"run_id":"{{run}}","params":[{"key":"b","value":"1"},{"key":"a","value":"2"}],"tags":[{"key":"c","value":"1"}],
             "metrics":[{"key":"d","value":1,"timestamp":1}]}
            """,
            (400, "INVALID_PARAMETER_VALUE"),
            "Changing param values is not allowed"
        );

        var data = (await _host.GetOkAsync($"runs/get?run_id={run}"))["run"]!["data"]!;
        Assert.Equal("a", data.List("params").Single().Text("key"));
        Assert.Null(data["metrics"]);
        Assert.Single(data.List("tags"));
    }

    [Theory]
    [InlineData("/x")]
    [InlineData("_x")]
    [InlineData("a b")]
    [InlineData("a.b")]
    public async Task RunId_OfOtherCharacters_IsRefused(string id) =>
        await _host.RefusedAsync(
            HttpMethod.Post,
            "runs/log-batch",
            $$"""{"run_id":"{{id}}"}""",
            (400, "INVALID_PARAMETER_VALUE"),
            "Invalid run ID"
        );

    [Theory]
    [InlineData("runs/log-metric", "\"key\":\"q\",\"value\":1,\"timestamp\":1")]
    [InlineData("runs/log-parameter", "\"key\":\"q\",\"value\":\"1\"")]
    [InlineData("runs/set-tag", "\"key\":\"q\",\"value\":\"1\"")]
    [InlineData("runs/delete-tag", "\"key\":\"mlflow.runName\"")]
    [InlineData("runs/log-batch", "\"tags\":[{\"key\":\"q\",\"value\":\"1\"}]")]
    [InlineData("runs/update", "\"status\":\"FINISHED\"")]
    [InlineData("runs/outputs", "\"models\":[{\"model_id\":\"m-1\"}]")]
    [InlineData("runs/log-inputs", "\"datasets\":[{\"dataset\":{\"name\":\"d\",\"digest\":\"1\",\"source_type\":\"l\",\"source\":\"s\"}}]")]
    public async Task AnyLogging_ToADeletedRun_IsRefusedAndToAFinishedOne_IsNot(string route, string members)
    {
        var run = await _host.NewRunAsync();
        await _host.PostOkAsync("runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED","end_time":5}""");
        await _host.PostOkAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
        await _host.PostOkAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
        await _host.RefusedAsync(
            HttpMethod.Post,
            route,
            $$"""{"run_id":"{{run}}",{{members}}}""",
            (400, "INVALID_PARAMETER_VALUE"),
            "must be in the 'active' state"
        );
        await _host.PostOkAsync("runs/restore", $$"""{"run_id":"{{run}}"}""");
        await _host.PostOkAsync("runs/restore", $$"""{"run_id":"{{run}}"}""");
        await _host.PostOkAsync(route, $$"""{"run_id":"{{run}}",{{members}}}""");
    }

    [Theory]
    [InlineData("name", 500)]
    [InlineData("digest", 36)]
    [InlineData("source", 65_535)]
    [InlineData("schema", 1_048_575)]
    [InlineData("profile", 16_777_215)]
    public async Task LogInputs_MemberOfADataset_HasItsLimit(string member, int limit)
    {
        var run = await _host.NewRunAsync();
        string Json(int length)
        {
            var dataset = new JsonObject
            {
                ["name"] = $"d-{run}",
                ["digest"] = "1",
                ["source_type"] = "local",
                ["source"] = "s",
            };
            dataset[member] = new string('x', length);
            return new JsonObject
            {
                ["run_id"] = run,
                ["datasets"] = new JsonArray(new JsonObject { ["dataset"] = dataset }),
            }.ToJsonString();
        }

        var (status, body) = await _host.PostAsync("runs/log-inputs", Json(limit + 1));
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, (string?)body["error_code"]));
        await _host.PostOkAsync("runs/log-inputs", Json(limit));

        var logged = (await _host.GetOkAsync($"runs/get?run_id={run}")).List("run", "inputs", "dataset_inputs").Single();
        Assert.Equal(limit, logged.Text("dataset", member).Length);
    }

    [Theory]
    [InlineData(255, 500, 200)]
    [InlineData(256, 500, 400)]
    [InlineData(255, 501, 400)]
    public async Task LogInputs_TagOfADataset_HasItsLimits(int key, int value, int status)
    {
        var run = await _host.NewRunAsync();
        var (actual, _) = await _host.PostAsync(
            "runs/log-inputs",
            $$"""
            {"run_id":"{{run}}","datasets":[{"dataset":{"name":"d","digest":"{{run}}","source_type":"l","source":"s"},
             "tags":[{"key":"{{new string('k', key)}}","value":"{{new string('v', value)}}"}]}]}
            """
        );

        Assert.Equal(status, actual);
    }

    [Theory]
    [InlineData("\"model_json\":\"{}\"", "missing mandatory fields: artifact_path, flavors, utc_time_created, run_id")]
    [InlineData("\"model_json\":\"{\"", "not valid JSON")]
    [InlineData("\"model_json\":\"[]\"", "must be a JSON object")]
    [InlineData("\"x\":1", "Missing value for required parameter 'model_json'")]
    public async Task LogModel_Wrong_IsRefused(string members, string words)
    {
        var run = await _host.NewRunAsync();
        await _host.RefusedAsync(
            HttpMethod.Post,
            "runs/log-model",
            $$"""{"run_id":"{{run}}",{{members}}}""",
            (400, "INVALID_PARAMETER_VALUE"),
            words
        );
    }

    private static IEnumerable<(string Route, string Json)> Logged(string run, string key)
    {
        var shown = key.Replace("\\n", "\n", StringComparison.Ordinal);
        yield return (
            "runs/log-metric",
            new JsonObject
            {
                ["run_id"] = run,
                ["key"] = shown,
                ["value"] = 1,
                ["timestamp"] = 1,
            }.ToJsonString()
        );
        yield return ("runs/log-parameter", Pair(run, shown, "v"));
        yield return ("runs/set-tag", Pair(run, shown, "v"));
    }

    private static string Pair(string run, string key, string value) =>
        new JsonObject
        {
            ["run_id"] = run,
            ["key"] = key,
            ["value"] = value,
        }.ToJsonString();

    private static JsonArray Many(int count, Func<int, JsonObject> make) => [.. Enumerable.Range(0, count).Select(make)];
}
