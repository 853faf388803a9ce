using Slipway.Training.Worker.Trainers.Gbdt;

namespace Slipway.Training.Worker.Tests.Trainers.Gbdt;

public sealed class SplitFinderTests
{
    private const int Rows = 400;
    private const int Bins = 12;

    [Theory]
    [InlineData(0.0, 1, 0.0)]
    [InlineData(0.3, 1, 1.0)]
    [InlineData(0.3, 40, 5.0)]
    public void Find_RandomNodes_AgreesWithTryingEveryDivision(double missingShare, int minChildRows, double lambda)
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            byte[] bins =
            [
                .. Enumerable.Range(0, Rows).Select(_ => (byte)(random.NextDouble() < missingShare ? 0 : random.Next(1, Bins + 1))),
            ];
            GradientPair[] pairs =
            [
                .. Enumerable.Range(0, Rows).Select(i => new GradientPair((float)random.NextDouble() - (bins[i] / 24f), 1)),
            ];
            var histogram = new Histogram(1);
            histogram.Build(0, bins, [.. Enumerable.Range(0, Rows)], pairs);
            var node = new NodeSums(pairs.Sum(pair => (double)pair.Gradient), pairs.Sum(pair => (double)pair.Hessian), Rows);
            var options = new GbdtOptions { MinChildRows = minChildRows, Lambda = lambda };

            var found = new SplitFinder(options).Find(0, Bins, histogram.Feature(0), node);

            Assert.Equal(BestGain(bins, pairs, options), found.Gain, 6);
            var left = Left(bins, pairs, found.Bin, found.MissingLeft);
            Assert.Equal(left.Count, found.Left.Count);
            Assert.Equal(left.Gradient, found.Left.Gradient, 6);
        }
    }

    [Fact]
    public void Find_OnlyMissingValuesMatter_SeparatesThem()
    {
        byte[] bins = [.. Enumerable.Range(0, 100).Select(i => (byte)(i % 4 == 0 ? 0 : 1))];
        GradientPair[] pairs = [.. bins.Select(bin => new GradientPair(bin == 0 ? 3 : -1, 1))];
        var histogram = new Histogram(1);
        histogram.Build(0, bins, [.. Enumerable.Range(0, 100)], pairs);

        var found = new SplitFinder(new GbdtOptions { MinChildRows = 5 }).Find(0, 1, histogram.Feature(0), new NodeSums(0, 100, 100));

        Assert.True(found.Exists);
        Assert.False(found.MissingLeft);
        Assert.Equal(75, found.Left.Count);
    }

    [Fact]
    public void Find_NothingToGain_None()
    {
        var histogram = new Histogram(1);
        byte[] bins = [1, 2, 3, 4];
        GradientPair[] pairs = [new(1, 1), new(1, 1), new(1, 1), new(1, 1)];
        histogram.Build(0, bins, [0, 1, 2, 3], pairs);

        var found = new SplitFinder(new GbdtOptions { MinChildRows = 1, Lambda = 0 }).Find(
            0,
            4,
            histogram.Feature(0),
            new NodeSums(4, 4, 4)
        );

        Assert.False(found.Exists);
    }

    private static double BestGain(byte[] bins, GradientPair[] pairs, GbdtOptions options)
    {
        var best = 0.0;
        var all = Left(bins, pairs, Bins, true);
        for (var bin = 1; bin <= Bins; bin++)
        {
            foreach (var missingLeft in new[] { false, true })
            {
                var left = Left(bins, pairs, bin, missingLeft);
                var right = all - left;
                if (left.Count >= options.MinChildRows && right.Count >= options.MinChildRows)
                {
                    best = Math.Max(best, left.Score(options.Lambda) + right.Score(options.Lambda) - all.Score(options.Lambda));
                }
            }
        }
        return best;
    }

    private static NodeSums Left(byte[] bins, GradientPair[] pairs, int lastBin, bool missingLeft)
    {
        var sums = default(NodeSums);
        for (var i = 0; i < bins.Length; i++)
        {
            if (bins[i] == 0 ? missingLeft : bins[i] <= lastBin)
            {
                sums += new NodeSums(pairs[i].Gradient, pairs[i].Hessian, 1);
            }
        }
        return sums;
    }
}
