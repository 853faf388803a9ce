namespace Slipway.Training.Worker.Datasets;

/// <summary>A stream passed its bound; thrown through copying code that knows nothing of bounds.</summary>
internal sealed class BoundExceededException : Exception;
