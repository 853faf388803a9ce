using Slipway.Contracts.Monitoring;
using Slipway.Training.Worker.Baselines;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Tests.Trainers;

namespace Slipway.Training.Worker.Tests.Baselines;

public sealed class ColumnProfilerTests
{
    [Fact]
    public void Numbers_SomeMissing_MomentsOfTheRest()
    {
        var profile = ColumnProfiler.Numbers("x", [2, float.NaN, 4, 4, 6]);

        Assert.Equal("numeric", profile.Kind);
        Assert.Equal((5, 1), (profile.Count, profile.MissingCount));
        Assert.Equal((4.0, 2.0, 6.0), (profile.Mean, profile.Min, profile.Max));
        Assert.Equal(Math.Sqrt(2), profile.StandardDeviation!.Value, 12);
        Assert.Equal([2.0, 4, 4, 6], profile.Sample);
    }

    [Fact]
    public void Numbers_ManyValues_BinsHoldEveryValueAtTheirEdges()
    {
        var random = new Random(51);
        float[] values = [.. Enumerable.Range(0, 30_000).Select(_ => MathF.Round((float)Math.Exp(4 * random.NextDouble()), 1))];

        var profile = ColumnProfiler.Numbers("x", values);

        var edges = profile.Edges!;
        Assert.Equal(19, edges.Count);
        Assert.Equal(edges.Order().Distinct(), edges);
        Assert.Equal(values.Length, profile.BinCounts!.Sum());
        for (var bin = 0; bin <= edges.Count; bin++)
        {
            var low = bin == 0 ? double.NegativeInfinity : edges[bin - 1];
            var high = bin == edges.Count ? double.PositiveInfinity : edges[bin];
            Assert.Equal(values.Count(value => value > low && value <= high), profile.BinCounts![bin]);
            Assert.InRange(profile.BinCounts[bin], 500, 2_500);
        }
        Assert.Equal(ColumnProfile.MaxSampleCount, profile.Sample!.Count);
        Assert.Equal(profile.Sample.Order(), profile.Sample);
        Assert.Equal((values.Min(), values.Max()), ((float)profile.Sample[0], (float)profile.Sample[^1]));
    }

    [Fact]
    public void Numbers_TwoValues_OneEdge()
    {
        var profile = ColumnProfiler.Numbers("flag", [0, 1, 1, 0, 1]);

        Assert.Equal([0.0], profile.Edges);
        Assert.Equal([2L, 3], profile.BinCounts);
    }

    [Theory]
    [InlineData(5f)]
    [InlineData(float.NaN)]
    public void Numbers_ConstantOrAllMissing_OneBin(float value)
    {
        var profile = ColumnProfiler.Numbers("x", [value, value]);

        Assert.Empty(profile.Edges!);
        Assert.Equal([float.IsNaN(value) ? 0L : 2], profile.BinCounts);
    }

    [Fact]
    public void Profile_Text_CountsOfTheGivenRows()
    {
        var column = MixedData.Category("c", ["a", "b", "", "a", "a"]);

        var profile = ColumnProfiler.Profile(column, [0, 1, 2, 3]);

        Assert.Equal("categorical", profile.Kind);
        Assert.Equal((4, 1), (profile.Count, profile.MissingCount));
        Assert.Equal(new Dictionary<string, long> { ["a"] = 2, ["b"] = 1 }, profile.Categories);
        Assert.Equal(0, profile.OtherCount);
    }

    [Fact]
    public void Profile_ManyCategories_RarestAddedUp()
    {
        string[] texts = [.. Enumerable.Range(0, 300).SelectMany(i => Enumerable.Repeat($"c{i}", i < 10 ? 5 : 1))];

        var profile = ColumnProfiler.Profile(MixedData.Category("c", texts), [.. Enumerable.Range(0, texts.Length)]);

        Assert.Equal(ColumnProfile.MaxCategories, profile.Categories!.Count);
        Assert.Equal(5, profile.Categories["c9"]);
        Assert.Equal(100, profile.OtherCount);
        Assert.Equal(texts.Length, profile.Categories.Values.Sum() + profile.OtherCount);
    }

    [Fact]
    public void Profile_Numbers_OnlyTheGivenRows()
    {
        var profile = ColumnProfiler.Profile(new NumericColumn("n", [1, 2, 300]), [0, 1]);

        Assert.Equal((2, 2.0), (profile.Count, profile.Max));
    }
}
