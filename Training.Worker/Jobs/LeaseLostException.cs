namespace Slipway.Training.Worker.Jobs;

/// <summary>A write under the job's fencing number changed nothing: another process owns the job.</summary>
internal sealed class LeaseLostException : Exception;
