using Slipway.Training.Worker.Trainers.Gbdt;

namespace Slipway.Training.Worker.Tests.Trainers.Gbdt;

public sealed class RowPartitionTests
{
    // Below and above the size from which chunks are moved in parallel.
    [Theory]
    [InlineData(50)]
    [InlineData(100_000)]
    public void Split_Rows_StableOnBothSidesWithTheirGradients(int count)
    {
        var random = new Random(8);
        var bins = new byte[count];
        random.NextBytes(bins);
        GradientPair[] gradients = [.. Enumerable.Range(0, count).Select(i => new GradientPair(i, 1))];
        var partition = new RowPartition(count);
        partition.Reset(gradients, Enumerable.Range(0, count).ToArray());
        var split = new SplitCandidate(0, 100, MissingLeft: true, 1, default);

        var middle = partition.Split(0, count, bins, split);

        int[] left = [.. Enumerable.Range(0, count).Where(row => bins[row] <= 100)];
        int[] right = [.. Enumerable.Range(0, count).Where(row => bins[row] > 100)];
        Assert.Equal(left.Length, middle);
        Assert.Equal(left, partition.Rows(0, middle).ToArray());
        Assert.Equal(right, partition.Rows(middle, count).ToArray());
        Assert.Equal(right.Select(row => gradients[row]), partition.Pairs(middle, count).ToArray());
    }

    [Fact]
    public void Split_InnerNode_LeavesItsNeighboursAlone()
    {
        byte[] bins = [1, 2, 2, 1, 2, 1, 1, 2];
        var partition = new RowPartition(8);
        partition.Reset(new GradientPair[8], [0, 1, 2, 3, 4, 5, 6, 7]);

        var middle = partition.Split(2, 6, bins, new SplitCandidate(0, 1, MissingLeft: false, 1, default));

        Assert.Equal(4, middle);
        Assert.Equal([0, 1, 3, 5, 2, 4, 6, 7], partition.Rows(0, 8).ToArray());
    }
}
