using Slipway.Monitoring.Worker.Statistics;

namespace Slipway.Monitoring.Worker.Tests.Statistics;

public sealed class ChiSquareTests
{
    // Evidently's test takes the reference as exact (f_exp = reference counts scaled), ours does not; the tail of the distribution is shared.
    [Fact]
    public void UpperTail_OnBikeSharing_AgreesWithEvidently()
    {
        var vectors = DriftVectors.Read("chisquare");
        Assert.Equal(7, vectors.Count);
        foreach (var vector in vectors)
        {
            double[] values = [.. vector.Reference.Concat(vector.Current).Distinct()];
            var statistic = 0.0;
            foreach (var value in values)
            {
                var expected = vector.Reference.Count(v => v.Equals(value)) * (double)vector.Current.Length / vector.Reference.Length;
                var observed = vector.Current.Count(v => v.Equals(value));
                statistic += (observed - expected) * (observed - expected) / expected;
            }
            var p = ChiSquare.UpperTail(statistic, values.Length - 1);
            Assert.True(Math.Abs(p - vector.Score) <= 1e-6 * vector.Score, $"{vector.Column}: {p} where Evidently has {vector.Score}");
        }
    }

    // The example of scipy.stats.chi2_contingency's documentation.
    [Fact]
    public void TwoSample_OnScipysExample_AgreesWithScipy()
    {
        var result = ChiSquare.TwoSample([10, 10, 20], [20, 20, 20]);
        Assert.Equal(2.7777777777777777, result.Statistic, 12);
        Assert.Equal(2, result.DegreesOfFreedom);
        Assert.Equal(0.24935220877729619, result.PValue, 12);
    }

    [Fact]
    public void TwoSample_CategoryThatNeitherHas_IsLeftOut() =>
        Assert.Equal(ChiSquare.TwoSample([10, 20], [20, 20]), ChiSquare.TwoSample([10, 0, 20], [20, 0, 20]));

    [Theory]
    [InlineData(new long[] { 10 }, new long[] { 7 })]
    [InlineData(new long[] { 10, 5 }, new long[] { 0, 0 })]
    public void TwoSample_NothingToCompare_IsNeverSignificant(long[] first, long[] second) =>
        Assert.Equal(1, ChiSquare.TwoSample(first, second).PValue);

    // A category that one side lacks is no certain drift, as it is with a reference that is taken as exact.
    [Fact]
    public void TwoSample_OneRowOfANewCategory_IsNotSignificant() =>
        Assert.True(ChiSquare.TwoSample([100, 100, 0], [100, 100, 1]).PValue > 0.3);
}
