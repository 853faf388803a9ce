using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// Finds out who makes a request: by basic authentication (a password, or a token in its place), by a bearer token of ours, of another service, or of the identity
/// provider.
/// </summary>
internal sealed class Authenticator(
    IOptions<AccessOptions> options,
    PasswordVerifier passwords,
    PrincipalCache cache,
    OidcAuthenticator oidc,
    TokenUse use,
    TimeProvider time
)
{
    private const string Bearer = "Bearer ";
    private static readonly AuthenticationOutcome s_unknown = new AuthenticationOutcome.Unknown();

    private readonly AccessOptions _options = options.Value;

    public async Task<AuthenticationOutcome> AuthenticateAsync(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            var text = header[Bearer.Length..].Trim();
            return await OfSecretAsync(text, null, http.RequestAborted)
                ?? (TokenSecret.Is(text) || !oidc.IsOn ? s_unknown : await oidc.AuthenticateAsync(http));
        }
        if (BasicCredentials.Read(http.Request) is not { } credentials)
        {
            return s_unknown;
        }
        return TokenSecret.Is(credentials.Password)
            ? await OfSecretAsync(credentials.Password, credentials.User, http.RequestAborted) ?? s_unknown
            : await OfPasswordAsync(credentials, http);
    }

    private async Task<AuthenticationOutcome?> OfSecretAsync(string text, string? user, CancellationToken ct)
    {
        foreach (var (name, account) in _options.Services)
        {
            if (TokenSecret.Same(account.Token, text))
            {
                return new AuthenticationOutcome.Known(new Caller(AccessNames.ServicePrefix + name, GrantText.SplitRoles(account.Roles)!));
            }
        }
        if (
            TokenSecret.ReadId(text) is not { } id
            || await cache.TokenAsync(id, ct) is not { } token
            || !TokenSecret.Verify(token.Salt, token.Hash, text)
            || token.ExpiresAt <= time.GetUtcNow()
            // A program that asks for a name and a password gives the name of the token's owner, or says that it is a token.
            || (user is not null && user != token.Principal && user != "token")
        )
        {
            return null;
        }
        if (token.IsDue(time.GetUtcNow()))
        {
            use.Note(id);
        }
        return new AuthenticationOutcome.Known(await CallerAsync(token.Principal, ct) with { Scope = token.Scope });
    }

    private async Task<AuthenticationOutcome> OfPasswordAsync(BasicCredentials credentials, HttpContext http)
    {
        var outcome = await passwords.VerifyAsync(credentials, http.Connection.RemoteIpAddress, http.RequestAborted);
        return outcome switch
        {
            PasswordOutcome.Right => new AuthenticationOutcome.Known(
                await CallerAsync(credentials.User, http.RequestAborted) with
                {
                    HasShownPassword = true,
                }
            ),
            PasswordOutcome.Wait wait => new AuthenticationOutcome.Throttled(wait.Time),
            _ => s_unknown,
        };
    }

    private async Task<Caller> CallerAsync(string principal, CancellationToken ct)
    {
        var grants = await cache.GrantsAsync(principal, ct);
        var roles = grants.Roles;
        if (_options.DefaultRole is { } role)
        {
            roles = [.. roles, new Grant(role, NamePattern.Any)];
        }
        if (principal == _options.AdminUser && !string.IsNullOrEmpty(_options.AdminPassword))
        {
            roles = [.. roles, new Grant(Roles.Admin, NamePattern.Any)];
        }
        return new Caller(principal, roles) { HasObjectLevels = grants.HasObjectLevels };
    }
}
