namespace Slipway.Training.Worker.Trainers;

/// <summary>What a trainer learns from, and the holdout rows it may watch to stop early; both with one target value a row.</summary>
internal sealed record TrainingData(
    TaskKind Task,
    ClassLabels? Classes,
    FeatureTable Train,
    float[] TrainTarget,
    FeatureTable Holdout,
    float[] HoldoutTarget
)
{
    /// <summary>Scores a row: one for regression and for two classes, else one a class.</summary>
    public int OutputCount => Classes is { Count: > 2 } ? Classes.Count : 1;

    public bool HasHoldout => Holdout.RowCount > 0;
}
