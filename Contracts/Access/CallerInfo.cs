namespace Slipway.Contracts.Access;

/// <summary>Who the registry takes the caller for.</summary>
public sealed record CallerInfo(string Name, bool AccessControl, IReadOnlyList<CallerRole> Roles);

/// <summary>A role on a pattern.</summary>
public sealed record CallerRole(string Role, string Pattern);
