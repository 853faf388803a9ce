using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Slipway.Registry.Api.Access;

/// <summary>Sets JwtBearer up from <see cref="OidcOptions"/>.</summary>
internal static class OidcServices
{
    // Symmetric ones are left out: with them, a key that everybody may read would sign.
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
    ];

    public static void AddOidc(this IServiceCollection services)
    {
        services.AddAuthentication().AddJwtBearer(OidcAuthenticator.Scheme, _ => { });
        services
            .AddOptions<JwtBearerOptions>(OidcAuthenticator.Scheme)
            .Configure<IOptions<AccessOptions>, ILoggerFactory>(
                (jwt, access, logs) => Configure(jwt, access.Value.Oidc, logs.CreateLogger<OidcAuthenticator>())
            );
    }

    private static void Configure(JwtBearerOptions jwt, OidcOptions oidc, ILogger logger)
    {
        if (oidc.Authority is null)
        {
            return;
        }
        jwt.Authority = oidc.Authority.ToString();
        jwt.Audience = oidc.Audience;
        jwt.RequireHttpsMetadata = oidc.Authority.Scheme == Uri.UriSchemeHttps;
        jwt.MapInboundClaims = false;
        jwt.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = oidc.Audience,
            ValidAlgorithms = s_algorithms,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.FromSeconds(30),
        };
        jwt.Events = new JwtBearerEvents
        {
            // Our own tokens are bearer tokens too.
            OnMessageReceived = context =>
            {
                if (context.Request.Headers.Authorization.ToString().Contains(TokenSecret.Prefix, StringComparison.Ordinal))
                {
                    context.NoResult();
                }
                return Task.CompletedTask;
            },
            OnAuthenticationFailed = context => TellIfAwayAsync(context, logger),
        };
    }

    /// <summary>Without the issuer's keys every token looks forged: that is then no fault of the token.</summary>
    private static async Task TellIfAwayAsync(AuthenticationFailedContext context, ILogger logger)
    {
        try
        {
            await context.Options.ConfigurationManager!.GetConfigurationAsync(context.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or HttpRequestException)
        {
            AccessLog.IssuerAway(logger, e.Message);
            context.Fail(new IssuerAwayException(e.Message));
        }
    }
}
