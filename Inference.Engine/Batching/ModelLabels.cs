namespace Slipway.Inference.Engine.Batching;

/// <summary>How a model is called in metrics and logs.</summary>
public sealed record ModelLabels(string Model, string Version);
