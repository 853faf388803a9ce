namespace Slipway.Registry.Api.Http.Outbound;

/// <summary>A connection that the rules do not allow: it was not made.</summary>
internal sealed class OutboundRefusedException(string message) : Exception(message);
