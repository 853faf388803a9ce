namespace Slipway.Registry.Api.Promotions;

/// <summary>The open alerts on a version, or why they are not known.</summary>
internal sealed record OpenAlerts(IReadOnlyList<string> Messages, string? Problem);
