namespace Slipway.Inference.Service.PredictionLog;

/// <summary>A place in the journal: the number of a segment file and an offset in it, in bytes.</summary>
internal readonly record struct JournalPosition(long Segment, long Offset);
