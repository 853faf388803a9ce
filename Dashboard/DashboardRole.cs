using Microsoft.Extensions.FileProviders;
using Slipway.Contracts.Inference;
using Slipway.Contracts.Monitoring;
using Slipway.Contracts.Registry;
using Slipway.Contracts.Training;
using Slipway.Dashboard.Components;
using Slipway.Dashboard.Services;

namespace Slipway.Dashboard;

/// <summary>Composes the dashboard: pages rendered on the server from what the other services answer over HTTP. It keeps no state.</summary>
public static class DashboardRole
{
    /// <summary>Registers the pages and the typed clients they read from.</summary>
    public static WebApplicationBuilder AddDashboard(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddRazorComponents();
        services.AddHttpClient<RegistryClient>(http => http.BaseAddress = new Uri("http://registry/"));
        services.AddHttpClient<TrainingClient>(http => http.BaseAddress = new Uri("http://training/"));
        services.AddHttpClient<MonitoringClient>(http => http.BaseAddress = new Uri("http://monitoring/"));
        services.AddHttpClient<InferenceClient>(http => http.BaseAddress = new Uri("http://inference/"));
        services
            .AddOptions<ResourceOptions>()
            .Bind(builder.Configuration.GetSection(ResourceOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddHttpClient<ResourceClient>();
        return builder;
    }

    /// <summary>Maps the pages and their files.</summary>
    public static WebApplication MapDashboard(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "dashboard")),
                RequestPath = "/assets",
            }
        );
        app.UseAntiforgery();
        app.MapRazorComponents<App>();
        return app;
    }
}
