using System.Text.RegularExpressions;

namespace Slipway.Registry.Api.Access;

/// <summary>The names of principals. A colon parts the kinds, so that no user can take the name of a service or of somebody at the identity provider.</summary>
internal static partial class AccessNames
{
    public const string UserPattern = "^[A-Za-z0-9._@-]{1,100}$";
    public const string OidcPrefix = "oidc:";
    public const string ServicePrefix = "service:";
    private const int MaxPrincipalLength = 300;

    public static bool IsUser(string? name) => name is not null && UserName().IsMatch(name);

    public static bool IsPrincipal(string? name) =>
        IsUser(name)
        || (
            name is { Length: <= MaxPrincipalLength }
            && !name.Any(char.IsControl)
            && (
                name.StartsWith(OidcPrefix, StringComparison.Ordinal) && name.Length > OidcPrefix.Length
                || name.StartsWith(ServicePrefix, StringComparison.Ordinal) && IsUser(name[ServicePrefix.Length..])
            )
        );

    // \z and not $: a name must not end with a line feed.
    [GeneratedRegex(@"^[A-Za-z0-9._@-]{1,100}\z")]
    private static partial Regex UserName();
}
