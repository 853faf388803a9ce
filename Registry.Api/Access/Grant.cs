namespace Slipway.Registry.Api.Access;

/// <summary>A role on the names that a pattern matches.</summary>
internal sealed record Grant(string Role, string Pattern);

/// <summary>What a token is confined to: a permission counts only where one of the roles grants it and the pattern matches.</summary>
internal sealed record TokenScope(IReadOnlyList<string> Roles, string Pattern)
{
    public bool Allows(Permission permission, string name) => AllowsKind(permission) && NamePattern.Matches(Pattern, name);

    public bool AllowsKind(Permission permission) => Roles.Count == 0 || Roles.Any(role => Access.Roles.Grants(role, permission));
}
