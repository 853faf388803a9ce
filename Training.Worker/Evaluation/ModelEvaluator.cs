using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Export;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Evaluation;

/// <summary>
/// Measures ONNX models on the same rows, the new one and the incumbent alike, through the runtime that serves them. The target's class
/// order is the yardstick; a model with another order, or with fewer classes, is mapped to it.
/// </summary>
internal sealed class ModelEvaluator(Table table, Target target, int[] rows)
{
    public Result<ModelEvaluation> Evaluate(string modelPath, CancellationToken cancellationToken = default)
    {
        var opened = OnnxModel.Open(modelPath);
        if (!opened.IsOk)
        {
            return opened.Error;
        }
        using var model = opened.Value;
        return target.Classes is { } classes ? Classify(model, classes, cancellationToken) : Regress(model, cancellationToken);
    }

    private Result<ModelEvaluation> Regress(OnnxModel model, CancellationToken cancellationToken)
    {
        var run = model.Run(table, rows, OnnxExporter.Prediction, cancellationToken);
        if (!run.IsOk)
        {
            return run.Error;
        }
        if (run.Value.Length != rows.Length)
        {
            return new BadInput("model_output_shape", $"The model's output '{OnnxExporter.Prediction}' is not one value a row.");
        }
        return new ModelEvaluation(RegressionMetrics.Compute(target.Select(rows), run.Value), run.Value);
    }

    private Result<ModelEvaluation> Classify(OnnxModel model, ClassLabels classes, CancellationToken cancellationToken)
    {
        if (model.Classes is not { } labels)
        {
            return new BadInput(
                "model_classes_unknown",
                $"The model does not say its classes in the metadata '{OnnxExporter.ClassesKey}'."
            );
        }
        var run = model.Run(table, rows, OnnxExporter.Probabilities, cancellationToken);
        if (!run.IsOk)
        {
            return run.Error;
        }
        if (run.Value.Length != rows.Length * labels.Count)
        {
            return new BadInput(
                "model_output_shape",
                $"The model's output '{OnnxExporter.Probabilities}' is not one value a row and class."
            );
        }
        var probabilities = Align(run.Value, labels, classes);
        return new ModelEvaluation(ClassificationMetrics.Compute(target.Select(rows), probabilities, classes.Count), probabilities);
    }

    private static float[] Align(float[] probabilities, IReadOnlyList<string> labels, ClassLabels classes)
    {
        if (labels.SequenceEqual(classes.Names, StringComparer.Ordinal))
        {
            return probabilities;
        }
        var rowCount = probabilities.Length / labels.Count;
        var aligned = new float[rowCount * classes.Count];
        for (var i = 0; i < classes.Count; i++)
        {
            var from = labels.ToList().IndexOf(classes.Names[i]);
            for (var row = 0; from >= 0 && row < rowCount; row++)
            {
                aligned[(row * classes.Count) + i] = probabilities[(row * labels.Count) + from];
            }
        }
        return aligned;
    }
}
