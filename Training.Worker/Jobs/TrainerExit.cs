namespace Slipway.Training.Worker.Jobs;

/// <summary>How the training program ended: its exit code, or the limit for which it was killed.</summary>
internal sealed record TrainerExit(int Code, TrainerLimit? Killed);
