namespace Slipway.Registry.Api.Access;

/// <summary>The registry must not start as it is configured: others would reach it, and nobody could sign in.</summary>
internal sealed class AccessRefusedException(string message) : Exception(message);
