namespace Slipway.Contracts.Messages;

/// <summary>What the packed records of one endpoint, model and shape have in common.</summary>
internal sealed record PackedLayout(string Endpoint, string Model, int Version, string[] Numbers, string[] Categories);
