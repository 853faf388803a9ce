using System.Security.Claims;
using System.Text;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// Who makes the request, as a handler's parameter. While access control is off this is whoever the request says (the header <c>X-Slipway-User</c>, or the name of
/// basic authentication), or <see cref="AnonymousName"/>, and may do everything. For rights on one object ask <see cref="AccessChecker"/>.
/// </summary>
internal sealed record Caller(string Name, IReadOnlyList<Grant> Grants)
{
    public const string UserHeader = "X-Slipway-User";
    public const string AnonymousName = "anonymous";

    private const int MaxNameLength = 200;
    private static readonly Grant[] s_all = [new(Roles.Admin, NamePattern.Any)];

    /// <summary>The caller without a name, while access control is off.</summary>
    public static Caller Anonymous { get; } = Unchecked(AnonymousName);

    /// <summary>What the token that the caller showed is confined to.</summary>
    public TokenScope? Scope { get; init; }

    /// <summary>Whether the database may hold permissions of this caller on single objects.</summary>
    public bool HasObjectLevels { get; init; }

    /// <summary>Whether the caller has just shown a password, and not a token.</summary>
    public bool HasShownPassword { get; init; }

    /// <summary>Whether nobody checked who this is, since access control is off.</summary>
    public bool IsUnchecked { get; init; }

    /// <summary>Whether the caller may do everything to everything.</summary>
    public bool IsAdmin => HasEverywhere(Permission.Admin);

    /// <summary>Whether roles grant the permission on all objects there are.</summary>
    public bool HasEverywhere(Permission permission) =>
        (Scope is null || (Scope.Pattern == NamePattern.Any && Scope.AllowsKind(permission)))
        && Grants.Any(grant => grant.Pattern == NamePattern.Any && Roles.Grants(grant.Role, permission));

    /// <summary>Whether roles grant the permission on an object of this name; permissions on single objects are not looked at.</summary>
    public bool HasByRole(Permission permission, string name) =>
        (Scope is null || Scope.Allows(permission, name))
        && Grants.Any(grant => Roles.Grants(grant.Role, permission) && NamePattern.Matches(grant.Pattern, name));

    /// <summary>Called by the framework for a handler's parameter.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext http) => new(Of(http));

    /// <summary>The caller of a request.</summary>
    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? Claimed(http.Request);

    /// <summary>Makes this the caller of a request, for handlers and for the audit log.</summary>
    public void SignIn(HttpContext http)
    {
        http.Features.Set(this);
        http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, Name)], IsUnchecked ? null : "slipway"));
    }

    /// <summary>Whom the request says it comes from. Nobody checks it.</summary>
    public static Caller Claimed(HttpRequest request)
    {
        var name = request.Headers[UserHeader].ToString();
        if (name.Length == 0)
        {
            name = BasicCredentials.Read(request)?.User ?? "";
        }
        return name.Length is 0 or > MaxNameLength || name.Any(char.IsControl) ? Anonymous : Unchecked(name);
    }

    private static Caller Unchecked(string name) => new(name, s_all) { IsUnchecked = true };
}
