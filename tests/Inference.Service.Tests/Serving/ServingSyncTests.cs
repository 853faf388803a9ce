using System.Globalization;
using Slipway.Contracts.Inference;
using Slipway.Inference.Service.Serving;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Serving;

/// <summary>The service against a registry that changes its mind, fails, lies and goes away.</summary>
public sealed class ServingSyncTests : IAsyncLifetime, IDisposable
{
    private const string Row = """{"instances":[[1,1]]}""";
    private readonly TempFolder _folder = new();
    private FakeRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await FakeRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ready_BeforeAnyState_IsFalseAndPredictionsAre503()
    {
        await using var host = await InferenceHost.StartAsync(_registry, _folder);

        Assert.Equal((503, """{"ready":false}"""), await host.GetAsync("v2/health/ready"));
        Assert.Equal(503, (await host.GetAsync("health/ready")).Status);
        Assert.Equal(200, (await host.GetAsync("health/live")).Status);
        Assert.Equal(503, (await host.PostAsync("v1/models/e:predict", Row)).Status);

        var revision = _registry.Set([]);
        await host.LoadedAsync(revision);

        Assert.Equal(200, (await host.GetAsync("v2/health/ready")).Status);
        Assert.Equal(200, (await host.GetAsync("health/ready")).Status);
        Assert.Equal(404, (await host.PostAsync("v1/models/e:predict", Row)).Status);
    }

    [Fact]
    public async Task Configuration_ChangedOnAServedVersion_TakesEffectWithoutANewLoadOfItsBytes()
    {
        var version = _registry.Add("m", 1, ServedTestModels.Linear(intercept: 1), "production");
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        await host.LoadedAsync(_registry.Set([version]));
        Assert.Equal(200, (await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1],[1,1],[1,1]]}""")).Status);
        var downloads = _registry.Downloads;

        version = version with { Configuration = "max_batch_size: 2 dynamic_batching { max_queue_delay_microseconds: 50 }" };
        await host.LoadedAsync(_registry.Set([version]));

        var (status, body, _) = await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1],[1,1],[1,1]]}""");
        Assert.Equal((400, """{"error":"inference request batch-size must be <= 2 for 'm'"}"""), (status, body));
        Assert.Contains("\"max_queue_delay_microseconds\":50", (await host.GetAsync("v2/models/m/config")).Body, StringComparison.Ordinal);
        Assert.Equal(downloads, _registry.Downloads);

        // What cannot be keeps what serves.
        _registry.Set([version with { Configuration = """{"maxBatchSize":-1}""" }]);
        await Eventually.TrueAsync(async () => (await host.GetServedAsync()).Models.Any(model => model.State == VersionStatus.Failed));
        Assert.Equal(200, (await host.PostAsync("v1/models/m:predict", """{"instances":[[1,1]]}""")).Status);
    }

    [Fact]
    public async Task Configuration_ThatChoosesFilesOfTheServer_IsALoadProblem()
    {
        var version = _registry.Add("m", 1, ServedTestModels.Linear(intercept: 1), "production");
        await using var host = await InferenceHost.StartAsync(_registry, _folder);

        _registry.Set([
            version with
            {
                Configuration =
                    "optimization { execution_accelerators { gpu_execution_accelerator { name: \"tensorrt\" parameters { key: \"trt_engine_cache_path\" value: \"/etc\" } } } }",
            },
        ]);

        await Eventually.TrueAsync(async () => (await host.GetServedAsync()).Models.Any(model => model.State == VersionStatus.Failed));
        Assert.Contains("trt_engine_cache_path", (await host.GetServedAsync()).Models[0].Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Routes_CanarySwitchAndSwitchBackUnderLoad_FailNoRequest()
    {
        var v1 = _registry.Add("m", 1, ServedTestModels.Linear(intercept: 1));
        var v2 = _registry.Add("m", 2, ServedTestModels.Linear(intercept: 2));
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        await host.LoadedAsync(_registry.Set([v1], FakeRegistry.Endpoint("e", (v1, 100))));
        using var end = new CancellationTokenSource();
        var answers = new Dictionary<string, int> { ["m/1"] = 0, ["m/2"] = 0 };
        var wrong = new List<string>();
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(() => CallAsync(host, answers, wrong, end.Token))).ToArray();

        await AnsweredAsync("m/1", 50);
        // A canary by hand, the switch, and the switch back, each while requests run; the old version leaves the desired state at once.
        await host.LoadedAsync(_registry.Set([v1, v2], FakeRegistry.Endpoint("e", (v1, 50), (v2, 50))));
        await AnsweredAsync("m/2", 50);
        await host.LoadedAsync(_registry.Set([v2], FakeRegistry.Endpoint("e", (v2, 100))));
        await AnsweredAsync("m/2", 100);
        await host.LoadedAsync(_registry.Set([v1], FakeRegistry.Endpoint("e", (v1, 100))));
        await AnsweredAsync("m/1", 100);
        await end.CancelAsync();
        await Task.WhenAll(load);

        Assert.Empty(wrong);
        var total = answers.Values.Sum();
        await Eventually.TrueAsync(() => host.Publisher.Records.Count == total);

        Task AnsweredAsync(string version, int more)
        {
            int Count()
            {
                lock (answers)
                {
                    return answers[version];
                }
            }
            var target = Count() + more;
            return Eventually.TrueAsync(() => Count() >= target);
        }
    }

    [Fact]
    public async Task Routes_ByWeight_SplitAsTheWeightsSay()
    {
        var v1 = _registry.Add("m", 1, ServedTestModels.Linear(intercept: 1));
        var v2 = _registry.Add("m", 2, ServedTestModels.Linear(intercept: 2));
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        await host.LoadedAsync(_registry.Set([v1, v2], FakeRegistry.Endpoint("e", (v1, 90), (v2, 10))));
        var canary = 0;
        const int Requests = 1000;
        for (var i = 0; i < Requests; i++)
        {
            var (_, _, response) = await host.PostAsync("v1/models/e:predict", Row);
            canary += response.Headers.GetValues(PredictionHeaders.ServedBy).Single() == "m/2" ? 1 : 0;
        }

        // The seed is fixed and requests come one by one: this is a number, and within three standard deviations (28) of 100.
        Assert.Equal(102, canary);
    }

    [Fact]
    public async Task Version_CorruptDownload_IsReportedAndTheOldOneServesUntilItIsWhole()
    {
        var v1 = _registry.Add("m", 1, ServedTestModels.Linear(intercept: 1));
        var bytes = ServedTestModels.Linear(intercept: 2);
        var v2 = _registry.Add("m", 2, bytes);
        _registry.Replace(v2.Files[0].Sha256, [.. bytes.Select((b, i) => i == 100 ? (byte)(b ^ 1) : b)]);
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        await host.LoadedAsync(_registry.Set([v1], FakeRegistry.Endpoint("e", (v1, 100))));
        var revision = _registry.Set([v2], FakeRegistry.Endpoint("e", (v2, 100)));

        await Eventually.TrueAsync(async () => State(await host.GetServedAsync(), 2) == "failed");

        var served = await host.GetServedAsync();
        Assert.Contains("SHA-256", served.Models.Single(model => model.Version == 2).Reason!, StringComparison.Ordinal);
        Assert.Equal(1, served.Endpoints.Single().Routes.Single().Version);
        Assert.True(served.Revision < revision);
        Assert.Equal("m/1", await ServedByAsync(host));
        Assert.Equal(200, (await host.GetAsync("health/ready")).Status);
        Assert.Contains("SHA-256", (await host.GetAsync("v1/models/m")).Body, StringComparison.Ordinal);
        Assert.Equal((503, """{"name":"m","ready":false}"""), await host.GetAsync("v2/models/m/versions/2/ready"));

        _registry.Replace(v2.Files[0].Sha256, bytes);
        await host.LoadedAsync(revision);

        Assert.Equal("m/2", await ServedByAsync(host));
        await Eventually.TrueAsync(async () => (await host.GetServedAsync()).Models.Count == 1);
    }

    [Fact]
    public async Task Version_NotAModel_IsReportedAndHarmsNothingElse()
    {
        var good = _registry.Add("good", 1, ServedTestModels.Linear());
        var bad = _registry.Add("bad", 1, "not a model"u8.ToArray());
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        _registry.Set([good, bad], FakeRegistry.Endpoint("e", (good, 1)), FakeRegistry.Endpoint("f", (bad, 1)));

        await Eventually.TrueAsync(async () =>
            (await host.GetServedAsync()).Models.Any(model => model is { Model: "bad", State: "failed" })
        );
        await Eventually.TrueAsync(async () => (await host.GetAsync("health/ready")).Status == 200);

        Assert.Equal(200, (await host.PostAsync("v1/models/e:predict", Row)).Status);
        var (status, body, _) = await host.PostAsync("v1/models/f:predict", Row);
        Assert.Equal(503, status);
        Assert.Contains("'f' is not ready: bad version 1 is failed", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RegistryAway_ServesTheStateOfTheLastRun()
    {
        var v1 = _registry.Add("m", 1, ServedTestModels.Linear());
        var revision = _registry.Set([v1], FakeRegistry.Endpoint("e", (v1, 100)));
        await using (var first = await InferenceHost.StartAsync(_registry, _folder))
        {
            await first.LoadedAsync(revision);
            await first.StopAsync();
        }
        var downloads = _registry.Downloads;
        _registry.IsAway = true;
        await using var second = await InferenceHost.StartAsync(_registry, _folder);

        await second.LoadedAsync(revision);
        Assert.Equal("m/1", await ServedByAsync(second));
        Assert.Equal(200, (await second.GetAsync("health/ready")).Status);
        Assert.Equal(downloads, _registry.Downloads);

        // Back, with another state: it is followed.
        var v2 = _registry.Add("m", 2, ServedTestModels.Linear(intercept: 5));
        var next = _registry.Set([v2], FakeRegistry.Endpoint("e", (v2, 100)));
        _registry.IsAway = false;
        await second.LoadedAsync(next);
        Assert.Equal("m/2", await ServedByAsync(second));
    }

    [Fact]
    public async Task Pull_RegistryAwayForAWhile_KeepsServing()
    {
        var v1 = _registry.Add("m", 1, ServedTestModels.Linear());
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        await host.LoadedAsync(_registry.Set([v1], FakeRegistry.Endpoint("e", (v1, 100))));
        var polls = _registry.Polls;
        _registry.IsAway = true;

        await Eventually.TrueAsync(() => _registry.Polls > polls + 3);
        Assert.Equal("m/1", await ServedByAsync(host));
    }

    [Fact]
    public async Task Pull_Hint_AsksAtOnce()
    {
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        await host.LoadedAsync(_registry.Set([]));
        // The long poll is open now and would wait 25 s.
        var polls = await SettledPollsAsync();

        host.Get<PullTrigger>().Hint(1000);

        await Eventually.TrueAsync(() => _registry.Polls == polls + 1, TimeSpan.FromSeconds(10));

        async Task<int> SettledPollsAsync()
        {
            var seen = -1;
            await Eventually.TrueAsync(() =>
            {
                var before = seen;
                seen = _registry.Polls;
                return seen == before;
            });
            return seen;
        }
    }

    [Fact]
    public async Task Endpoint_WithoutLogging_IsAnsweredAndNotLogged()
    {
        var v1 = _registry.Add("m", 1, ServedTestModels.Linear());
        await using var host = await InferenceHost.StartAsync(_registry, _folder);
        await host.LoadedAsync(
            _registry.Set(
                [v1],
                FakeRegistry.Endpoint("quiet", (v1, 1)) with
                {
                    LogPredictions = false,
                },
                FakeRegistry.Endpoint("loud", (v1, 1))
            )
        );

        Assert.Equal(200, (await host.PostAsync("v1/models/quiet:predict", Row, (PredictionHeaders.PredictionId, "q"))).Status);
        Assert.Equal(200, (await host.PostAsync("v1/models/loud:predict", Row, (PredictionHeaders.PredictionId, "l"))).Status);

        await host.LoggedAsync("l", 1);
        Assert.DoesNotContain(host.Publisher.Records, record => record.PredictionId == "q");
        Assert.Equal(1, (await host.GetServedAsync()).PredictionLog!.Written);
    }

    private static string? State(ServedModels served, int version) =>
        served.Models.FirstOrDefault(model => model.Version == version)?.State;

    private static async Task<string> ServedByAsync(InferenceHost host)
    {
        var (status, _, response) = await host.PostAsync("v1/models/e:predict", Row);
        Assert.Equal(200, status);
        return response.Headers.GetValues(PredictionHeaders.ServedBy).Single();
    }

    private static async Task CallAsync(InferenceHost host, Dictionary<string, int> answers, List<string> wrong, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var (status, body, response) = await host.PostAsync("v1/models/e:predict", Row);
            var version = status == 200 ? response.Headers.GetValues(PredictionHeaders.ServedBy).Single() : "";
            var expected = string.Create(CultureInfo.InvariantCulture, $$"""{"predictions":[[{{(version == "m/1" ? 6 : 7)}}.0]]}""");
            lock (answers)
            {
                if (status != 200 || body != expected)
                {
                    wrong.Add($"{status} {version} {body}");
                    continue;
                }
                answers[version]++;
            }
        }
    }
}
