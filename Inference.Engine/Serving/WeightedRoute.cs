namespace Slipway.Inference.Engine.Serving;

/// <summary>A share of an endpoint's traffic. Weights are finite and not negative, and need not sum to anything.</summary>
public sealed record WeightedRoute(LoadedModel Model, double Weight);
