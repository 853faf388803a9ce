namespace Slipway.Registry.Api.Access;

/// <summary>The identity provider's discovery document or keys could not be read: no fault of the token.</summary>
internal sealed class IssuerAwayException(string message) : Exception(message);
