using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Slipway.Registry.Api.Tests.Access;

/// <summary>An identity provider on a free port: discovery document, keys, and tokens of any kind.</summary>
internal sealed class FakeIssuer : IAsyncDisposable
{
    public const string Audience = "slipway";

    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);

    private FakeIssuer(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public RsaSecurityKey Key => new(_key) { KeyId = "one" };

    public static async Task<FakeIssuer> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var issuer = new FakeIssuer(app);
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = issuer.Url, jwks_uri = $"{issuer.Url}/keys" }));
        app.MapGet(
            "/keys",
            () =>
            {
                var key = issuer._key.ExportParameters(false);
                var jwk = new
                {
                    kty = "RSA",
                    use = "sig",
                    kid = "one",
                    alg = "RS256",
                    n = Base64UrlEncoder.Encode(key.Modulus),
                    e = Base64UrlEncoder.Encode(key.Exponent),
                };
                return Results.Json(new { keys = new[] { jwk } });
            }
        );
        await app.StartAsync();
        return issuer;
    }

    public string Token(
        string? issuer = null,
        string audience = Audience,
        SecurityKey? key = null,
        string algorithm = SecurityAlgorithms.RsaSha256,
        int expiresInMinutes = 5,
        string role = "ml-team"
    ) =>
        new JsonWebTokenHandler().CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = issuer ?? Url,
                Audience = audience,
                NotBefore = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1),
                IssuedAt = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1),
                Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(expiresInMinutes),
                Claims = new Dictionary<string, object> { ["sub"] = "jane", ["roles"] = new[] { role, "unknown" } },
                SigningCredentials = new SigningCredentials(key ?? Key, algorithm),
            }
        );

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }
}
