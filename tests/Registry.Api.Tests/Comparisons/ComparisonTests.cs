using Slipway.Contracts.Monitoring;
using Slipway.Registry.Api.Comparisons;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Comparisons;

public sealed class ComparisonTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Compare_TwoVersions_SaysWhatDiffers()
    {
        var (first, _) = await _host.RegisterAsync("pair", Files.Good, new Dictionary<string, double> { ["mae"] = 2, ["old"] = 1 });
        await _host.Mlflow.LogBatchAsync(first, [], new Dictionary<string, string> { ["depth"] = "3" });
        var (second, _) = await _host.RegisterAsync(
            "pair",
            Files.One("model.onnx", OnnxFile.Identity(columns: 3)),
            new Dictionary<string, double> { ["mae"] = 1.5, ["bad"] = double.NaN }
        );
        await _host.Mlflow.LogBatchAsync(second, [], new Dictionary<string, string> { ["depth"] = "4" });
        await _host.VettedAsync("pair", 1);
        await _host.VettedAsync("pair", 2);

        var pair = (await _host.Registry.CompareAsync("pair", 1, 2))!;

        Assert.Equal([("mae", 2, 1.5, true), ("old", 1, null, true)], pair.Metrics.Select(m => (m.Name, m.Left, m.Right, m.Differs)));
        Assert.Equal([("depth", "3", "4", true)], pair.Params.Select(p => (p.Name, p.Left, p.Right, p.Differs)));
        Assert.False(pair.CallersOfLeftCanCallRight);
        Assert.Contains("input 'x' was FP32[-1, 2] and is FP32[-1, 3].", pair.Signature);
        Assert.Contains(pair.Graph, g => g is { Name: "operator ai.onnx.Identity", Left: 1, Right: 1, Differs: false });
        Assert.Contains(pair.Graph, g => g is { Name: "opset ai.onnx", Left: 17, Right: 17 });
        Assert.True((await _host.Registry.CompareAsync("pair", 1, 1))!.CallersOfLeftCanCallRight);
        Assert.Null(await _host.Registry.CompareAsync("pair", 1, 9));
    }

    [Fact]
    public void Baselines_SameAndShifted_ArePartedByTheirIndex()
    {
        var left = Profile([10, 10, 10, 10], [.. Enumerable.Range(0, 40).Select(i => i / 10.0)]);
        var same = BaselineDifference.Of(left, left).Single(c => c.Name == "x");
        var shifted = BaselineDifference.Of(left, Profile([0, 0, 0, 40], [.. Enumerable.Repeat(3.5, 40)])).Single(c => c.Name == "x");

        // Each bin has a quarter on both sides, by the edges' own rule.
        Assert.InRange(same.Psi!.Value, 0, 0.02);
        // (1 − ¼) ln 4 + 3 (0.0001 − ¼) ln (0.0001 ∕ ¼)
        Assert.Equal((0.75 * Math.Log(4)) + (3 * (0.0001 - 0.25) * Math.Log(0.0001 / 0.25)), shifted.Psi!.Value, 1e-9);
        Assert.Empty(BaselineDifference.Of(null, null));
    }

    private static BaselineProfile Profile(long[] counts, double[] sample)
    {
        var column = new ColumnProfile
        {
            Name = "x",
            Kind = "numeric",
            Count = sample.Length,
            MissingCount = 0,
            Edges = [1, 2, 3],
            BinCounts = counts,
            Sample = sample,
        };
        return new BaselineProfile
        {
            Task = "regression",
            Target = "y",
            RowCount = sample.Length,
            Features = [column],
            Prediction = column,
            Label = column,
            Metrics = new Dictionary<string, double>(),
        };
    }
}
