namespace Slipway.Training.Worker.Evaluation;

/// <summary>Accuracy, mean log loss, and for two classes the area under the ROC curve.</summary>
internal static class ClassificationMetrics
{
    private const double LeastProbability = 1e-15;

    /// <summary>Probabilities stand row by row; the actual values are class indexes.</summary>
    public static IReadOnlyDictionary<string, double> Compute(ReadOnlySpan<float> actual, ReadOnlySpan<float> probabilities, int classCount)
    {
        var correct = 0;
        double loss = 0;
        for (var row = 0; row < actual.Length; row++)
        {
            var ofRow = probabilities.Slice(row * classCount, classCount);
            var best = 0;
            for (var i = 1; i < classCount; i++)
            {
                best = ofRow[i] > ofRow[best] ? i : best;
            }
            correct += best == (int)actual[row] ? 1 : 0;
            loss -= Math.Log(Math.Clamp(ofRow[(int)actual[row]], LeastProbability, 1));
        }
        var metrics = new Dictionary<string, double> { ["accuracy"] = (double)correct / actual.Length, ["logloss"] = loss / actual.Length };
        if (classCount == 2 && Auc(actual, probabilities) is { } auc)
        {
            metrics["auc"] = auc;
        }
        return metrics;
    }

    // The Mann–Whitney statistic with mean ranks for ties; undefined where one class is absent.
    private static double? Auc(ReadOnlySpan<float> actual, ReadOnlySpan<float> probabilities)
    {
        var scores = new float[actual.Length];
        var positive = new bool[actual.Length];
        long positives = 0;
        for (var row = 0; row < actual.Length; row++)
        {
            scores[row] = probabilities[(row * 2) + 1];
            positive[row] = actual[row] > 0;
            positives += positive[row] ? 1 : 0;
        }
        var negatives = actual.Length - positives;
        if (positives == 0 || negatives == 0)
        {
            return null;
        }
        Array.Sort(scores, positive);
        double rankSum = 0;
        for (var begin = 0; begin < scores.Length; )
        {
            var end = begin;
            var tiedPositives = 0;
            while (end < scores.Length && scores[end] == scores[begin])
            {
                tiedPositives += positive[end++] ? 1 : 0;
            }
            rankSum += tiedPositives * ((begin + 1 + end) / 2.0);
            begin = end;
        }
        return (rankSum - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives);
    }
}
