using Slipway.Training.Worker.Evaluation;

namespace Slipway.Training.Worker.Tests.Evaluation;

public sealed class ClassificationMetricsTests
{
    [Fact]
    public void Compute_FourRows_AsByHand()
    {
        // scikit-learn's example for roc_auc_score: labels 0 0 1 1, scores 0.1 0.4 0.35 0.8 give 0.75.
        var metrics = ClassificationMetrics.Compute([0, 0, 1, 1], [0.9f, 0.1f, 0.6f, 0.4f, 0.65f, 0.35f, 0.2f, 0.8f], 2);

        Assert.Equal(0.75, metrics["auc"], 9);
        Assert.Equal(0.75, metrics["accuracy"], 9);
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.6) + Math.Log(0.35) + Math.Log(0.8)) / 4, metrics["logloss"], 6);
    }

    [Fact]
    public void Compute_TiedScores_AucCountsPairsByHalves()
    {
        var random = new Random(31);
        float[] actual = [.. Enumerable.Range(0, 200).Select(_ => (float)random.Next(2))];
        float[] positive = [.. actual.Select(label => MathF.Round((float)((random.NextDouble() * 0.7) + (0.3 * label)), 1))];
        float[] probabilities = [.. positive.SelectMany(p => new[] { 1 - p, p })];
        double wins = 0;
        var pairs = 0;
        for (var i = 0; i < 200; i++)
        {
            for (var j = 0; j < 200; j++)
            {
                if (actual[i] > actual[j])
                {
                    pairs++;
                    wins +=
                        positive[i] > positive[j] ? 1
                        : positive[i] == positive[j] ? 0.5
                        : 0;
                }
            }
        }

        Assert.Equal(wins / pairs, ClassificationMetrics.Compute(actual, probabilities, 2)["auc"], 9);
    }

    [Fact]
    public void Compute_ZeroProbability_LossStaysFinite() =>
        Assert.Equal(-Math.Log(1e-15), ClassificationMetrics.Compute([0], [0, 1, 0], 3)["logloss"], 6);

    [Fact]
    public void Compute_OneClassPresent_NoAuc() =>
        Assert.False(ClassificationMetrics.Compute([1, 1], [0.5f, 0.5f, 0.1f, 0.9f], 2).ContainsKey("auc"));
}
