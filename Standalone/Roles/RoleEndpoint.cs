namespace Slipway.Standalone.Roles;

/// <summary>A named endpoint of a role.</summary>
internal sealed record RoleEndpoint(string Name, string DefaultUrl);
