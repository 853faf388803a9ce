namespace Slipway.Inference.Engine.Serving;

/// <summary>A version of a model by name and number.</summary>
public readonly record struct ModelKey(string Name, int Version);
