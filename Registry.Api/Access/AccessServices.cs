using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults;

namespace Slipway.Registry.Api.Access;

/// <summary>Wires access control up.</summary>
internal static class AccessServices
{
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        builder.AddRequestGuard();
        builder.Services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder
            .Services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsRules>()
            .AddHttpContextAccessor()
            .AddSingleton<AccessState>()
            .AddSingleton<AccessStore>()
            .AddSingleton<PrincipalCache>()
            .AddSingleton<LoginThrottle>()
            .AddSingleton<PasswordVerifier>()
            .AddSingleton<OidcAuthenticator>()
            .AddSingleton<Authenticator>()
            .AddSingleton<AccessChecker>()
            .AddSingleton<AccessChanges>()
            .AddSingleton<AccessFilter>()
            .AddSingleton<CreatorGrants>()
            .AddSingleton<TokenUse>()
            .AddHostedService(services => services.GetRequiredService<TokenUse>())
            .AddHostedService<AccessStartCheck>();
        if (
            !string.IsNullOrEmpty(
                builder.Configuration[$"{AccessOptions.Section}:{nameof(AccessOptions.Oidc)}:{nameof(OidcOptions.Authority)}"]
            )
        )
        {
            builder.Services.AddOidc();
        }
        return builder;
    }

    /// <summary>Goes before the routes, and after what turns exceptions into answers.</summary>
    public static WebApplication UseAccess(this WebApplication app)
    {
        app.UseRequestGuard();
        app.UseMiddleware<AccessMiddleware>();
        return app;
    }
}
