namespace Slipway.Standalone.Roles;

/// <summary>A role could not start. The message is for the person at the console.</summary>
internal sealed class RoleFailedException(string message, Exception inner) : Exception(message, inner);
