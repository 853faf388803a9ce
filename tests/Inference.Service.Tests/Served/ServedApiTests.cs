using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.Served;

public sealed class ServedApiTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Page_And_Report_SayWhatIsServed()
    {
        await using var registry = await FakeRegistry.StartAsync();
        var v1 = registry.Add("bike <b>", 1, ServedTestModels.Linear());
        var v2 = registry.Add("bike <b>", 2, ServedTestModels.Linear(intercept: 2));
        var revision = registry.Set([v1, v2], FakeRegistry.Endpoint("demand", (v1, 3), (v2, 1)));
        await using var host = await InferenceHost.StartAsync(registry, _folder);
        await host.LoadedAsync(revision);
        for (var i = 0; i < 8; i++)
        {
            await host.PostAsync("v1/models/demand:predict", """{"instances":[[1,1]]}""");
        }

        var served = await host.GetServedAsync();
        Assert.Equal([(1, 3.0), (2, 1.0)], served.Endpoints.Single().Routes.Select(route => (route.Version, route.Weight)));
        Assert.Equal(8, served.Models.Sum(model => model.Requests));
        Assert.All(served.Models, model => Assert.Equal(("ready", "cpu"), (model.State, model.Provider)));
        Assert.Equal(8, served.PredictionLog!.Written);

        var (status, page) = await host.GetAsync("");
        Assert.Equal(200, status);
        Assert.Contains("bike &lt;b&gt; version 1: 75.0 %", page, StringComparison.Ordinal);
        Assert.Contains("POST /v1/models/demand:predict", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_RecordsDropped_IsDegradedAndStillReady()
    {
        await using var registry = await FakeRegistry.StartAsync();
        var revision = registry.Set([registry.Add("m", 1, ServedTestModels.Linear())]);
        var broker = new RecordingPublisher { IsAway = true };
        await using var host = await InferenceHost.StartAsync(
            registry,
            _folder,
            broker,
            ("Inference:PredictionLog:MaxBytes", "65536"),
            ("Inference:PredictionLog:SegmentBytes", "4096")
        );
        await host.LoadedAsync(revision);
        var rows = string.Join(',', Enumerable.Repeat("[1,1]", 1000));

        Assert.Equal(200, (await host.PostAsync("v1/models/m:predict", "{\"instances\":[" + rows + "]}")).Status);

        var served = await host.GetServedAsync();
        Assert.True(served.PredictionLog!.Dropped > 0);
        var (status, health) = await host.GetAsync("health/ready");
        Assert.Equal(200, status);
        Assert.Contains("The prediction log drops records", health, StringComparison.Ordinal);
        Assert.Contains(
            "slipway_prediction_log_dropped_total{reason=\"bound_reached\"}",
            (await host.GetAsync("metrics")).Body,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Inference:MaxRequestBytes", "1", "Inference:MaxRequestBytes must be between 1024 and 2147483647.")]
    [InlineData("Inference:Engine:Providers", "gpu", "Inference:Engine:Providers may hold tensorrt, cuda and cpu.")]
    [InlineData("Inference:PredictionLog:SegmentBytes", "1073741824", "SegmentBytes (1073741824) must be at most a quarter of MaxBytes")]
    [InlineData("Inference:Serving:PollWait", "00:00:00.500", "Inference:Serving:PollWait must be between 1 and 30 s.")]
    [InlineData("Inference:Serving:PollWait", "00:01:00", "Inference:Serving:PollWait must be between 1 and 30 s.")]
    public async Task Start_InvalidSetting_NamesTheKey(string key, string value, string expected)
    {
        await using var registry = await FakeRegistry.StartAsync();

        var error = await Assert.ThrowsAnyAsync<Exception>(() => InferenceHost.StartAsync(registry, _folder, null, (key, value)));

        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
    }
}
