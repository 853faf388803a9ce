using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>
/// Holds what the trainer would predict against what the exported model predicted on the same rows. A difference beyond rounding is a bug
/// in the export, and must end the run before the model is registered.
/// </summary>
internal static class ExportCheck
{
    private const double Tolerance = 1e-3;

    public static void Compare(float[] scores, float[] predictions, ClassLabels? classes)
    {
        var expected = classes is null ? scores : Probabilities(scores, classes.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - predictions[i]) <= Tolerance * Math.Max(1, Math.Abs(expected[i]))))
            {
                throw new InvalidOperationException(
                    $"The exported model predicts {predictions[i]} where the trained one predicts {expected[i]}."
                );
            }
        }
    }

    /// <summary>Class probabilities row by row, from one score a row for two classes or one a class.</summary>
    public static float[] Probabilities(float[] scores, int classCount)
    {
        var outputs = classCount == 2 ? 1 : classCount;
        var rowCount = scores.Length / outputs;
        var probabilities = new float[rowCount * classCount];
        var row = new double[outputs];
        for (var i = 0; i < rowCount; i++)
        {
            for (var output = 0; output < outputs; output++)
            {
                row[output] = scores[(i * outputs) + output];
            }
            if (outputs == 1)
            {
                probabilities[2 * i] = (float)Link.Sigmoid(-row[0]);
                probabilities[(2 * i) + 1] = (float)Link.Sigmoid(row[0]);
                continue;
            }
            Link.Softmax(row);
            for (var output = 0; output < outputs; output++)
            {
                probabilities[(i * classCount) + output] = (float)row[output];
            }
        }
        return probabilities;
    }
}
