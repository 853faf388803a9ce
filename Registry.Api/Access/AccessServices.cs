namespace Slipway.Registry.Api.Access;

/// <summary>Wires access control up.</summary>
internal static class AccessServices
{
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        return builder;
    }

    /// <summary>Goes before the routes, and after what turns exceptions into answers.</summary>
    public static WebApplication UseAccess(this WebApplication app)
    {
        app.UseMiddleware<AccessMiddleware>();
        return app;
    }
}
