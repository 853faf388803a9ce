namespace Slipway.Training.Worker.Trainers;

/// <summary>From raw scores to probabilities, and the log loss they cost. One score stands for two classes, more for one class each.</summary>
internal static class Link
{
    public static double Sigmoid(double score) => score >= 0 ? 1 / (1 + Math.Exp(-score)) : Math.Exp(score) / (1 + Math.Exp(score));

    /// <summary>ln(1 + eˣ) without overflow.</summary>
    public static double SoftPlus(double x) => x > 0 ? x + Math.Log(1 + Math.Exp(-x)) : Math.Log(1 + Math.Exp(x));

    /// <summary>The log loss of a row; its scores are replaced by the loss's derivatives by them.</summary>
    public static double LossAndResiduals(Span<double> scores, float target)
    {
        if (scores.Length == 1)
        {
            var score = scores[0];
            scores[0] = Sigmoid(score) - target;
            return SoftPlus(target > 0 ? -score : score);
        }
        var actual = (int)target;
        var chosen = scores[actual];
        var logSum = Softmax(scores);
        scores[actual] -= 1;
        return logSum - chosen;
    }

    /// <summary>Replaces scores by probabilities; returns the logarithm of the sum of their exponentials.</summary>
    public static double Softmax(Span<double> scores)
    {
        var max = double.NegativeInfinity;
        foreach (var score in scores)
        {
            max = Math.Max(max, score);
        }
        double sum = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = Math.Exp(scores[i] - max);
            sum += scores[i];
        }
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] /= sum;
        }
        return max + Math.Log(sum);
    }

    /// <summary>Mean loss of scores laid out row by row: squared error for regression, else log loss.</summary>
    public static double MeanLoss(ReadOnlySpan<float> scores, ReadOnlySpan<float> target, TaskKind task, int outputs)
    {
        Span<double> row = outputs <= 256 ? stackalloc double[outputs] : new double[outputs];
        double sum = 0;
        for (var i = 0; i < target.Length; i++)
        {
            if (task == TaskKind.Regression)
            {
                var error = (double)scores[i] - target[i];
                sum += error * error;
                continue;
            }
            for (var output = 0; output < outputs; output++)
            {
                row[output] = scores[(i * outputs) + output];
            }
            sum += LossAndResiduals(row, target[i]);
        }
        return sum / target.Length;
    }
}
