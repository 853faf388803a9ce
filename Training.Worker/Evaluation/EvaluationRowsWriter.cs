using System.Globalization;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>Writes how the new model and the incumbent did on each row of the holdout: an <see cref="EvaluationFile"/>.</summary>
internal static class EvaluationRowsWriter
{
    private const double LeastProbability = 1e-15;

    public static void Write(string path, Target target, int[] rows, ModelEvaluation candidate, ModelEvaluation incumbent)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new StreamWriter(path);
        string[] columns = target.Classes is null
            ? [EvaluationFile.AbsoluteError, EvaluationFile.SquaredError]
            : [EvaluationFile.LogLoss, EvaluationFile.Correct];
        file.Write(string.Join(',', columns.Concat(columns.Select(column => RunNames.IncumbentMetricPrefix + column))));
        file.Write('\n');
        var actual = target.Select(rows);
        for (var row = 0; row < rows.Length; row++)
        {
            var (own, ownOther) = Losses(target, actual[row], candidate.Predictions, row);
            var (theirs, theirsOther) = Losses(target, actual[row], incumbent.Predictions, row);
            file.Write(string.Create(CultureInfo.InvariantCulture, $"{own:R},{ownOther:R},{theirs:R},{theirsOther:R}\n"));
        }
    }

    // As the metrics compute them: the mean of a column is the metric (of the squared error, its square).
    private static (double, double) Losses(Target target, float actual, float[] predictions, int row)
    {
        if (target.Classes is not { } classes)
        {
            var error = (double)predictions[row] - actual;
            return (Math.Abs(error), error * error);
        }
        var probabilities = predictions.AsSpan(row * classes.Count, classes.Count);
        var best = 0;
        for (var i = 1; i < probabilities.Length; i++)
        {
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        return (-Math.Log(Math.Clamp(probabilities[(int)actual], LeastProbability, 1)), best == (int)actual ? 1 : 0);
    }
}
