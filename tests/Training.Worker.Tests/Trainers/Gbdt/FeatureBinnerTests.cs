using Slipway.Training.Worker.Trainers.Gbdt;

namespace Slipway.Training.Worker.Tests.Trainers.Gbdt;

public sealed class FeatureBinnerTests
{
    [Fact]
    public void FitEdges_FewDistinctValues_OneBinEach()
    {
        float[] values = [3, 1, 2, 1, float.NaN, 3];

        var edges = FeatureBinner.FitEdges(values, 255);

        Assert.Equal([1.5f, 2.5f], edges);
        Assert.Equal([3, 1, 2, 1, 0, 3], FeatureBinner.Encode(values, edges));
    }

    [Fact]
    public void FitEdges_NeighbouringFloats_StayApart()
    {
        const float low = 1;
        var high = MathF.BitIncrement(low);

        var edges = FeatureBinner.FitEdges([low, high], 255);

        Assert.Equal([1, 2], FeatureBinner.Encode([low, high], edges));
    }

    [Fact]
    public void FitEdges_ConstantOrEmpty_OneBin()
    {
        Assert.Empty(FeatureBinner.FitEdges([5, 5, 5], 255));
        Assert.Empty(FeatureBinner.FitEdges([float.NaN], 255));
    }

    [Fact]
    public void FitEdges_ManyValues_BinsAreNearlyEqual()
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, 20_000).Select(_ => (float)Math.Exp(5 * random.NextDouble()))];

        var edges = FeatureBinner.FitEdges(values, 100);

        var counts = FeatureBinner.Encode(values, edges).GroupBy(bin => bin).Select(group => group.Count()).ToArray();
        Assert.Equal(100, counts.Length);
        Assert.InRange(counts.Min(), 180, 200);
        Assert.InRange(counts.Max(), 200, 220);
    }

    [Fact]
    public void FitEdges_OneHeavyValue_TheRestKeepsItsBins()
    {
        float[] values = [.. Enumerable.Repeat(0f, 90_000), .. Enumerable.Range(1, 10_000).Select(i => (float)i)];

        var edges = FeatureBinner.FitEdges(values, 50);

        Assert.Equal(49, edges.Length);
        Assert.Equal(0.5f, edges[0]);
    }

    [Fact]
    public void Encode_EveryValue_LiesInTheFirstBinWhoseEdgeIsNotBelow()
    {
        var random = new Random(6);
        float[] values =
        [
            .. Enumerable.Range(0, 5_000).Select(_ => (float)random.NextDouble()),
            float.NegativeInfinity,
            float.PositiveInfinity,
        ];
        var edges = FeatureBinner.FitEdges(values[..5_000], 64);

        var bins = FeatureBinner.Encode(values, edges);

        Assert.True(edges.Zip(edges.Skip(1)).All(pair => pair.First < pair.Second));
        Assert.Equal([.. values.Select(value => (byte)(1 + edges.Count(edge => edge < value)))], bins);
    }
}
