namespace Slipway.Registry.Api.Copies;

/// <summary>A copy that cannot succeed as it is; the message is for the one who asked.</summary>
internal sealed class CopyFailedException(string message) : Exception(message);
