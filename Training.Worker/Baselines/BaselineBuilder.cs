using System.Runtime.InteropServices;
using Slipway.Contracts.Monitoring;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Evaluation;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Baselines;

/// <summary>Makes the profile that monitoring compares later windows with: the training rows' features, the holdout's predictions and labels.</summary>
internal static class BaselineBuilder
{
    public static BaselineProfile Build(
        Table table,
        Target target,
        IReadOnlyList<Feature> features,
        int[] trainRows,
        int[] holdoutRows,
        ModelEvaluation evaluation
    ) =>
        new()
        {
            Task = target.Task == TaskKind.Regression ? "regression" : "classification",
            Target = target.Name,
            RowCount = trainRows.Length,
            Features =
            [
                .. features.AsParallel().AsOrdered().Select(feature => ColumnProfiler.Profile(table.Find(feature.Name)!, trainRows)),
            ],
            Prediction = Prediction(target, evaluation.Predictions),
            Label = Label(target, holdoutRows),
            Metrics = evaluation.Metrics,
        };

    private static ColumnProfile Prediction(Target target, float[] predictions)
    {
        if (target.Classes is not { } classes)
        {
            return ColumnProfiler.Numbers("prediction", predictions);
        }
        var rowCount = predictions.Length / classes.Count;
        var best = new float[rowCount];
        for (var row = 0; row < rowCount; row++)
        {
            var ofRow = predictions.AsSpan(row * classes.Count, classes.Count);
            for (var i = 1; i < classes.Count; i++)
            {
                best[row] = ofRow[i] > ofRow[(int)best[row]] ? i : best[row];
            }
        }
        return Classes("label", classes, best);
    }

    private static ColumnProfile Label(Target target, int[] rows) =>
        target.Classes is { } classes
            ? Classes(target.Name, classes, target.Select(rows))
            : ColumnProfiler.Numbers(target.Name, target.Select(rows));

    private static ColumnProfile Classes(string name, ClassLabels classes, float[] indexes)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var index in indexes)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, classes.Names[(int)index], out _)++;
        }
        return ColumnProfiler.Categories(name, counts, indexes.Length, 0);
    }
}
