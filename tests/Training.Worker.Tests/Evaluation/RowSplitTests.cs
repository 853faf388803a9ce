using Slipway.Training.Worker.Evaluation;

namespace Slipway.Training.Worker.Tests.Evaluation;

public sealed class RowSplitTests
{
    [Fact]
    public void Make_Tail_HoldsOutTheLastRows()
    {
        var split = RowSplit.Make(10, new SplitOptions { Holdout = 0.3 }).Value!;

        Assert.Equal([0, 1, 2, 3, 4, 5, 6], split.Train);
        Assert.Equal([7, 8, 9], split.Holdout);
    }

    [Fact]
    public void Make_Random_EveryRowOnceAndRepeatable()
    {
        var options = new SplitOptions { Kind = SplitOptions.Random, Seed = 3 };

        var split = RowSplit.Make(100, options).Value!;
        var again = RowSplit.Make(100, options).Value!;
        var other = RowSplit.Make(100, options with { Seed = 4 }).Value!;

        Assert.Equal(Enumerable.Range(0, 100), split.Train.Concat(split.Holdout).Order());
        Assert.Equal(20, split.Holdout.Length);
        Assert.Equal(split.Holdout, again.Holdout);
        Assert.NotEqual(split.Holdout, other.Holdout);
    }

    [Fact]
    public void Make_Tail_WatchesTheLastTenthOfTheTrainingRows()
    {
        var split = RowSplit.Make(200, new SplitOptions { Holdout = 0.25 }).Value!;

        Assert.Equal(150, split.Train.Length);
        Assert.Equal(Enumerable.Range(135, 15), split.Watched);
    }

    [Fact]
    public void Make_Random_WatchesADrawnTenthAndRepeatably()
    {
        var options = new SplitOptions { Kind = SplitOptions.Random, Seed = 3 };

        var watched = RowSplit.Make(500, options).Value!.Watched;

        Assert.Equal(40, watched.Length);
        Assert.Equal(watched, watched.Distinct().Order());
        Assert.All(watched, position => Assert.InRange(position, 0, 399));
        Assert.NotEqual(Enumerable.Range(360, 40), watched);
        Assert.Equal(watched, RowSplit.Make(500, options).Value!.Watched);
    }

    [Fact]
    public void Make_TooFewToWatch_WatchesNone() => Assert.Empty(RowSplit.Make(120, new SplitOptions()).Value!.Watched);

    [Fact]
    public void Make_TooFewRows_Refused() => Assert.Equal("too_few_rows", RowSplit.Make(9, new SplitOptions()).Error?.Code);

    [Theory]
    [InlineData(SplitOptions.Tail)]
    [InlineData(SplitOptions.Random)]
    public void Make_FromLastDataset_HoldsOutOnlyItsRows(string kind)
    {
        var options = new SplitOptions
        {
            Kind = kind,
            FromLastDataset = true,
            Seed = 5,
        };
        var split = RowSplit.Make(100, options, lastDatasetStart: 80).Value!;
        Assert.Equal(4, split.Holdout.Length);
        Assert.All(split.Holdout, row => Assert.InRange(row, 80, 99));
        Assert.Equal(Enumerable.Range(0, 100), split.Train.Concat(split.Holdout).Order());
    }

    [Fact]
    public void Make_LastDatasetTooShort_Refused()
    {
        var refused = RowSplit.Make(100, new SplitOptions { FromLastDataset = true }, lastDatasetStart: 95).Error;
        Assert.Equal("too_few_rows", refused?.Code);
        Assert.Contains("last dataset", refused?.Message, StringComparison.Ordinal);
    }
}
