namespace Slipway.Inference.Service.Serving;

/// <summary>A route that is served: a loaded version and its weight.</summary>
internal readonly record struct EffectiveRoute(VersionId Version, double Weight);
