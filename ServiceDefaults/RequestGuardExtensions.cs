using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Authentication;

namespace Slipway.ServiceDefaults;

/// <summary>Guards a service against what foreign web pages make browsers send.</summary>
public static class RequestGuardExtensions
{
    /// <summary>Reads under which names the service is reached; settings are in the section <c>Slipway</c>.</summary>
    public static TBuilder AddRequestGuard<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<RequestGuardOptions>().BindConfiguration(RequestGuardOptions.Section);
        return builder;
    }

    /// <summary>Refuses foreign hosts and foreign origins with 403, and sets security headers. Goes before everything that reads a request.</summary>
    public static WebApplication UseRequestGuard(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<SecurityHeadersMiddleware>();
        app.UseMiddleware<RequestGuardMiddleware>();
        return app;
    }
}
