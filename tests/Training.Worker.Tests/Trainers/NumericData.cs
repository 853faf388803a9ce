using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Trainers;

namespace Slipway.Training.Worker.Tests.Trainers;

/// <summary>Training data of numbers alone, from arrays.</summary>
internal static class NumericData
{
    public static TrainingData Regression(float[][] columns, float[] target) =>
        new(TaskKind.Regression, null, Table(columns), target, Table([.. columns.Select(_ => Array.Empty<float>())]), []);

    public static TrainingData Regression(float[][] columns, float[] target, float[][] holdout, float[] holdoutTarget) =>
        new(TaskKind.Regression, null, Table(columns), target, Table(holdout), holdoutTarget);

    public static TrainingData Binary(float[][] columns, float[] target) =>
        Regression(columns, target) with
        {
            Task = TaskKind.Classification,
            Classes = ClassLabels.Create(["0", "1"], out _),
        };

    public static FeatureTable Table(params float[][] columns) =>
        new(
            [.. columns.Select((column, i) => new Feature($"x{i}", ColumnKind.Numeric, [], column.Any(float.IsNaN)))],
            [.. columns],
            columns[0].Length
        );
}
