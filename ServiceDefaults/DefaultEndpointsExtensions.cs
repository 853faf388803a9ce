using Microsoft.AspNetCore.Builder;
using Slipway.ServiceDefaults.Health;
using Slipway.ServiceDefaults.Metrics;

namespace Slipway.ServiceDefaults;

/// <summary>The routes that every service answers, in every environment.</summary>
public static class DefaultEndpointsExtensions
{
    private const string MappedKey = "Slipway.DefaultEndpoints";

    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        // A service and the process that composes it may both ask.
        var properties = ((IApplicationBuilder)app).Properties;
        if (!properties.TryAdd(MappedKey, true))
        {
            return app;
        }

        HealthApi.Map(app);
        MetricsApi.Map(app);
        return app;
    }
}
