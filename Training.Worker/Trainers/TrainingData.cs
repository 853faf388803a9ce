namespace Slipway.Training.Worker.Trainers;

/// <summary>What a trainer learns from, and the holdout rows whose loss it reports but never acts on; both with one target value a row.</summary>
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

    /// <summary>The training rows, in rising order, by which the trainer may decide when to stop; none where it should not.</summary>
    public int[] Watched { get; init; } = [];

    /// <summary>The training rows divided in two: those that are watched stand as the holdout of the others.</summary>
    public TrainingData Divide()
    {
        int[] others = [.. Enumerable.Range(0, Train.RowCount).Except(Watched)];
        return this with
        {
            Train = Train.Select(others),
            TrainTarget = [.. others.Select(row => TrainTarget[row])],
            Holdout = Train.Select(Watched),
            HoldoutTarget = [.. Watched.Select(row => TrainTarget[row])],
            Watched = [],
        };
    }
}
