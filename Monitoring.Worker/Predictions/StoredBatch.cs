namespace Slipway.Monitoring.Worker.Predictions;

/// <summary>What became of a batch: new records, those already there, those that contradict one already there, and those that cannot be stored.</summary>
internal readonly record struct StoredBatch(int Stored, int Duplicates, int Conflicts, int Invalid);
