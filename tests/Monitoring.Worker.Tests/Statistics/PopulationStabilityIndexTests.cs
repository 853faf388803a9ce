using Slipway.Monitoring.Worker.Statistics;

namespace Slipway.Monitoring.Worker.Tests.Statistics;

public sealed class PopulationStabilityIndexTests
{
    [Fact]
    public void OfShares_OnBikeSharing_AgreesWithEvidently()
    {
        var vectors = DriftVectors.Read("psi");
        Assert.Equal(20, vectors.Count);
        foreach (var vector in vectors)
        {
            var (reference, current) = EvidentlyBins.Shares(vector);
            var psi = PopulationStabilityIndex.OfShares(reference, current);
            Assert.True(
                Math.Abs(psi - vector.Score) <= 1e-6 * Math.Max(vector.Score, 1e-6),
                $"{vector.Column}: {psi} where Evidently has {vector.Score}"
            );
        }
    }

    [Fact]
    public void OfCounts_ByHand_IsTheSum() =>
        Assert.Equal(
            (0.5 - 0.25) * Math.Log(2) + (0.5 - 0.75) * Math.Log(0.5 / 0.75),
            PopulationStabilityIndex.OfCounts([50, 50], [10, 30]),
            12
        );

    [Fact]
    public void OfCounts_EmptyBin_IsFilledOnItsSideAlone() =>
        Assert.Equal(
            (0.5 - 1) * Math.Log(0.5) + (0.5 - 1e-4) * Math.Log(0.5 / 1e-4),
            PopulationStabilityIndex.OfCounts([5, 5], [10, 0]),
            12
        );

    [Fact]
    public void OfCounts_LeastShareTiny_FillsWithAMillionthOfIt()
    {
        var psi = PopulationStabilityIndex.OfCounts([99_999, 1, 0], [50_000, 25_000, 25_000]);
        var expected =
            ((0.99999 - 0.5) * Math.Log(0.99999 / 0.5))
            + ((0.00001 - 0.25) * Math.Log(0.00001 / 0.25))
            + ((1e-11 - 0.25) * Math.Log(1e-11 / 0.25));
        Assert.Equal(expected, psi, 9);
    }

    [Fact]
    public void OfCounts_OneSideEmpty_IsZero() => Assert.Equal(0, PopulationStabilityIndex.OfCounts([1, 2], [0, 0]));
}
