namespace Slipway.Inference.Engine.Batching;

/// <summary>A request's place in a sequence, by the correlation id that all of the sequence's requests share.</summary>
public sealed record SequenceStep(string CorrelationId, bool Starts, bool Ends);
