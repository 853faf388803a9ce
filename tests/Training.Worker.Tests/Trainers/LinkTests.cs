using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Trainers;

public sealed class LinkTests
{
    [Theory]
    [InlineData(-1000, 0)]
    [InlineData(0, 0.5)]
    [InlineData(1000, 1)]
    public void Sigmoid_AnyScore_FiniteProbability(double score, double expected) => Assert.Equal(expected, Link.Sigmoid(score), 12);

    [Fact]
    public void LossAndResiduals_OneScore_MatchesFiniteDifference()
    {
        foreach (var target in new[] { 0f, 1f })
        {
            double[] scores = [0.7];
            Link.LossAndResiduals(scores, target);

            var slope = (Loss([0.7 + 1e-6], target) - Loss([0.7 - 1e-6], target)) / 2e-6;
            Assert.Equal(slope, scores[0], 6);
        }
    }

    [Fact]
    public void LossAndResiduals_ThreeScores_MatchesFiniteDifference()
    {
        double[] scores = [0.3, -1.2, 2];
        double[] residuals = [.. scores];
        Link.LossAndResiduals(residuals, 1);

        for (var i = 0; i < scores.Length; i++)
        {
            double[] up = [.. scores];
            double[] down = [.. scores];
            up[i] += 1e-6;
            down[i] -= 1e-6;
            Assert.Equal((Loss(up, 1) - Loss(down, 1)) / 2e-6, residuals[i], 6);
        }
    }

    [Fact]
    public void LossAndResiduals_ExtremeScores_StayFinite()
    {
        Assert.Equal(2000, Loss([1000, -1000], 1), 9);
        Assert.Equal(1000, Loss([1000], 0), 9);
    }

    private static double Loss(double[] scores, float target) => Link.LossAndResiduals(scores, target);
}
