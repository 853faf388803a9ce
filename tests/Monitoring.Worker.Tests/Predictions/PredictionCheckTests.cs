using Slipway.Contracts.Messages;
using Slipway.Monitoring.Worker.Predictions;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Predictions;

public sealed class PredictionCheckTests(MonitoringFixture fixture) : IClassFixture<MonitoringFixture>
{
    public static TheoryData<string, PredictionRecord?> Bad =>
        new()
        {
            { "null", null },
            { "id", Records.Prediction("with space") },
            { "value", Records.Prediction("bad", value: double.NaN) },
            { "feature", Records.Prediction("bad", x: double.PositiveInfinity) },
            { "version", Records.Prediction("bad", version: 0) },
            { "past", Records.Prediction("bad", at: default(DateTimeOffset)) },
            { "future", Records.Prediction("bad", at: new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)) },
            { "endpoint", Records.Prediction("bad") with { Endpoint = "a/b" } },
            { "model", Records.Prediction("bad") with { Model = "" } },
            { "label", Records.Prediction("bad") with { Label = "nul\0" } },
            { "half", Records.Prediction("bad") with { Categories = new Dictionary<string, string?> { ["c"] = "\uD800" } } },
            { "latency", Records.Prediction("bad") with { LatencyMs = double.NaN } },
            { "scores", Records.Prediction("bad") with { Scores = [0.5, double.NaN] } },
            { "many", Records.Prediction("bad") with { Numbers = Enumerable.Range(0, 5000).ToDictionary(i => $"f{i}", double? (i) => i) } },
        };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public async Task StoreAsync_BadRecord_IsLeftOutAndTheOthersStored(string name, PredictionRecord? bad)
    {
        var stored = await fixture.Host.StoreAsync(Records.Prediction($"{name}-good"), bad!, Records.Prediction($"{name}-fine"));
        Assert.True(new StoredBatch(2, 0, 0, 1) == stored, $"{name}: {stored}");
    }
}
