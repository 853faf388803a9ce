using Slipway.Monitoring.Worker.Statistics;

namespace Slipway.Monitoring.Worker.Tests.Statistics;

public sealed class KolmogorovSmirnovTests
{
    [Fact]
    public void ExactP_OnBikeSharing_AgreesWithEvidently()
    {
        var vectors = DriftVectors.Read("ks");
        Assert.Equal(12, vectors.Count);
        foreach (var vector in vectors)
        {
            var p = Exact(vector);
            Assert.True(Math.Abs(p - vector.Score) <= 1e-6 * vector.Score, $"{vector.Column}: {p} where Evidently has {vector.Score}");
        }
    }

    [Fact]
    public void AsymptoticP_OnBikeSharing_IsCloseToExact()
    {
        foreach (var vector in DriftVectors.Read("ks").Where(v => v.Score > 1e-6))
        {
            var statistic = KolmogorovSmirnov.Test(Sorted(vector.Reference), Sorted(vector.Current)).Statistic;
            var p = KolmogorovSmirnov.AsymptoticP(vector.Reference.Length, vector.Current.Length, statistic);
            Assert.InRange(p, vector.Score * 0.8, Math.Min(1, vector.Score * 1.25));
        }
    }

    // Two samples of three without overlap: of 20 equally likely orders, two keep them apart.
    [Theory]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 4, 5, 6 }, 1.0, 0.1)]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 1, 2, 3 }, 0.0, 1.0)]
    [InlineData(new double[] { 1 }, new double[] { 2 }, 1.0, 1.0)]
    [InlineData(new double[] { 1, 1, 1, 1 }, new double[] { 1, 1 }, 0.0, 1.0)]
    public void Test_SmallSamples_HasCountableP(double[] first, double[] second, double statistic, double p)
    {
        var result = KolmogorovSmirnov.Test(first, second);
        Assert.Equal(statistic, result.Statistic, 12);
        Assert.Equal(p, result.PValue, 12);
    }

    [Fact]
    public void Test_SamplesExchanged_IsTheSame()
    {
        var vector = DriftVectors.Read("ks")[0];
        var there = KolmogorovSmirnov.Test(Sorted(vector.Reference), Sorted(vector.Current));
        var back = KolmogorovSmirnov.Test(Sorted(vector.Current), Sorted(vector.Reference));
        Assert.Equal(there.Statistic, back.Statistic);
        Assert.Equal(1, there.PValue / back.PValue, 9);
    }

    [Fact]
    public void Test_LargeSamplesOfOneDistribution_UsesTheLimitAndStaysInsignificant()
    {
        const int Seed = 20110701;
        var random = new Random(Seed);
        var first = Sorted([.. Enumerable.Range(0, 5000).Select(_ => random.NextDouble())]);
        var second = Sorted([.. Enumerable.Range(0, 5000).Select(_ => random.NextDouble())]);
        var result = KolmogorovSmirnov.Test(first, second);
        Assert.True(result.PValue is > 0.01 and <= 1, $"seed {Seed}: p {result.PValue}");
        Assert.True(KolmogorovSmirnov.Test(first, [.. second.Select(v => v + 0.1)]).PValue < 1e-12);
    }

    [Fact]
    public void Test_EmptySample_Throws() => Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Test([], [1.0]));

    private static double Exact(DriftVector vector)
    {
        var statistic = KolmogorovSmirnov.Test(Sorted(vector.Reference), Sorted(vector.Current)).Statistic;
        long m = vector.Reference.Length;
        long n = vector.Current.Length;
        var gcd = (long)System.Numerics.BigInteger.GreatestCommonDivisor(m, n);
        return KolmogorovSmirnov.ExactP((int)m, (int)n, (long)Math.Round(statistic * (m / gcd * n)));
    }

    private static double[] Sorted(double[] values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return sorted;
    }
}
