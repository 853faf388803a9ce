using Slipway.Contracts.Monitoring;
using Slipway.Dashboard.Services;

namespace Slipway.Dashboard.Tests.Services;

public class EndpointChartsTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void From_TwoVersionsInOneWindow_AreTwoLinesOverOneAxis()
    {
        var charts = EndpointCharts.From([Window(0, 1, 10), Window(1, 1, 20), Window(1, 2, 5)]);
        Assert.Equal(2, charts.Starts.Count);
        Assert.Equal(["version 1", "version 2", "baseline"], charts.Accuracy.Select(s => s.Name));
        Assert.Equal([10, 20], charts.Accuracy[0].Values);
        Assert.Equal([null, 5], charts.Accuracy[1].Values);
    }

    [Fact]
    public void From_TwoModelsWithTheSameNumber_AreTwoLines()
    {
        var charts = EndpointCharts.From([Window(0, 1, 10), Window(0, 1, 5) with { Model = "n" }]);
        Assert.Equal(["m version 1", "n version 1", "baseline"], charts.Accuracy.Select(s => s.Name));
        Assert.Equal([5], charts.Accuracy[1].Values);
    }

    [Fact]
    public void From_ManyFeatures_KeepsThoseThatDriftedMost()
    {
        var drift = Enumerable
            .Range(0, 20)
            .Select(i => new FeatureDrift
            {
                Feature = $"f{i}",
                Psi = i,
                Drifted = true,
            })
            .ToList();
        var charts = EndpointCharts.From([Window(0, 1, 10) with { Drift = drift }]);
        Assert.Equal(["f19", "f18", "f17", "f16", "f15", "f14", "f13", "f12"], charts.Drift.Select(s => s.Name));
    }

    private static WindowReport Window(int day, int version, double value) =>
        new()
        {
            Endpoint = "e",
            Model = "m",
            Version = version,
            Start = s_start.AddDays(day),
            End = s_start.AddDays(day + 1),
            Closed = true,
            PredictionCount = 100,
            OutcomeCount = 100,
            Metric = "mae",
            Value = value,
            BaselineValue = 8,
        };
}
