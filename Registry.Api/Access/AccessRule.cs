namespace Slipway.Registry.Api.Access;

/// <summary>What a route needs, as endpoint metadata; all of it. Without it (or <c>AllowAnonymous</c>) nobody may call the route while access control is on.</summary>
internal sealed record AccessRule(params AccessNeed[] Needs)
{
    public override string ToString() => string.Join(" and ", (object[])Needs);
}

/// <summary>A permission on what a target finds.</summary>
internal sealed record AccessNeed(Permission Permission, AccessTarget Target)
{
    public override string ToString() => $"{Permission} on {Target}";
}
