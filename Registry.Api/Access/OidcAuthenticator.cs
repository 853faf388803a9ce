using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>Takes bearer tokens of the identity provider: signature, issuer, audience and time are checked by JwtBearer, claims become grants here.</summary>
internal sealed class OidcAuthenticator(IOptions<AccessOptions> options, PrincipalCache cache)
{
    public const string Scheme = "Oidc";

    private readonly OidcOptions _options = options.Value.Oidc;

    public bool IsOn => _options.Authority is not null;

    public async Task<AuthenticationOutcome> AuthenticateAsync(HttpContext http)
    {
        var result = await http.AuthenticateAsync(Scheme);
        if (result.Failure is IssuerAwayException)
        {
            return new AuthenticationOutcome.IssuerAway();
        }
        if (result.Principal is not { } principal || principal.FindFirstValue(_options.NameClaim) is not { Length: > 0 } name)
        {
            return new AuthenticationOutcome.Unknown();
        }
        var caller = AccessNames.OidcPrefix + name;
        if (!AccessNames.IsPrincipal(caller))
        {
            return new AuthenticationOutcome.Unknown();
        }
        var stored = await cache.GrantsAsync(caller, http.RequestAborted);
        var grants = principal
            .FindAll(_options.RoleClaim)
            .Where(claim => _options.Roles.ContainsKey(claim.Value))
            .SelectMany(claim => GrantText.Parse(_options.Roles[claim.Value])!)
            .Concat(stored.Roles);
        if (options.Value.DefaultRole is { } role)
        {
            grants = grants.Append(new Grant(role, NamePattern.Any));
        }
        return new AuthenticationOutcome.Known(new Caller(caller, [.. grants]) { HasObjectLevels = stored.HasObjectLevels });
    }
}
