using Slipway.Training.Worker.Evaluation;

namespace Slipway.Training.Worker.Tests.Evaluation;

public sealed class RegressionMetricsTests
{
    [Fact]
    public void Compute_FourRows_AsByHand()
    {
        // scikit-learn's example for r2_score: 0.9486…
        var metrics = RegressionMetrics.Compute([3, -0.5f, 2, 7], [2.5f, 0, 2, 8]);

        Assert.Equal(0.5, metrics["mae"], 9);
        Assert.Equal(Math.Sqrt(0.375), metrics["rmse"], 9);
        Assert.Equal(0.9486081370449679, metrics["r2"], 9);
    }

    [Fact]
    public void Compute_ConstantTarget_NoR2() => Assert.False(RegressionMetrics.Compute([1, 1], [1, 2]).ContainsKey("r2"));
}
