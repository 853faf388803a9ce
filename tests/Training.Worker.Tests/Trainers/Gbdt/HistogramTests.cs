using Slipway.Training.Worker.Trainers.Gbdt;

namespace Slipway.Training.Worker.Tests.Trainers.Gbdt;

public sealed class HistogramTests
{
    private readonly byte[][] _bins = [new byte[1_000], new byte[1_000], new byte[1_000]];
    private readonly GradientPair[] _pairs = new GradientPair[1_000];

    public HistogramTests()
    {
        var random = new Random(7);
        foreach (var column in _bins)
        {
            random.NextBytes(column);
        }
        for (var i = 0; i < _pairs.Length; i++)
        {
            _pairs[i] = new GradientPair((float)random.NextDouble() - 0.5f, (float)random.NextDouble());
        }
    }

    [Fact]
    public void Build_Rows_SumsOfEachBin()
    {
        int[] rows = [.. Enumerable.Range(0, 500).Select(i => 2 * i)];
        GradientPair[] pairs = [.. rows.Select(row => _pairs[row])];
        var expected = new double[256 * 4];
        foreach (var row in rows)
        {
            expected[_bins[1][row] * 4] += _pairs[row].Gradient;
            expected[(_bins[1][row] * 4) + 1] += _pairs[row].Hessian;
            expected[(_bins[1][row] * 4) + 2] += 1;
        }

        var histogram = new Histogram(3);
        histogram.Build(1, _bins[1], rows, pairs);

        Assert.Equal(expected, histogram.Feature(1).ToArray());
    }

    [Fact]
    public void BuildTwo_Rows_SameAsOneByOne()
    {
        int[] rows = [.. Enumerable.Range(0, 1_000)];
        var one = new Histogram(3);
        one.Build(0, _bins[0], rows, _pairs);
        one.Build(2, _bins[2], rows, _pairs);

        var two = new Histogram(3);
        two.BuildTwo(0, _bins[0], 2, _bins[2], rows, _pairs);

        Assert.Equal(one.Feature(0).ToArray(), two.Feature(0).ToArray());
        Assert.Equal(one.Feature(2).ToArray(), two.Feature(2).ToArray());
    }

    [Fact]
    public void Subtract_Child_LeavesTheOther()
    {
        int[] all = [.. Enumerable.Range(0, 1_000)];
        var parent = new Histogram(1);
        parent.Build(0, _bins[0], all, _pairs);
        var small = new Histogram(1);
        small.Build(0, _bins[0], all.AsSpan(0, 300), _pairs.AsSpan(0, 300));
        var large = new Histogram(1);
        large.Build(0, _bins[0], all.AsSpan(300), _pairs.AsSpan(300));

        parent.Subtract(0, small);

        Assert.Equal(large.Feature(0).ToArray(), parent.Feature(0).ToArray(), (a, b) => Math.Abs(a - b) < 1e-9);
    }
}
