namespace Slipway.Registry.Api.Http.Outbound;

/// <summary>Where requests that somebody else asked for may go.</summary>
/// <param name="Schemes">The allowed schemes, in lower case.</param>
/// <param name="AllowPrivateAddresses">Whether loopback, private and other addresses outside of the public internet are allowed.</param>
internal sealed record OutboundRules(IReadOnlyList<string> Schemes, bool AllowPrivateAddresses);
