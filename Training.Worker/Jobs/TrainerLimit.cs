namespace Slipway.Training.Worker.Jobs;

/// <summary>A limit of the training program.</summary>
internal enum TrainerLimit
{
    Time,
    Memory,
}
