namespace Slipway.Training.Worker.Trainers;

/// <summary>What is predicted: a number, or one of a set of labels.</summary>
internal enum TaskKind
{
    Regression,
    Classification,
}
