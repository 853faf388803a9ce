using Microsoft.AspNetCore.Builder;
using Slipway.ServiceDefaults.Health;
using Slipway.ServiceDefaults.Metrics;

namespace Slipway.ServiceDefaults;

/// <summary>The routes that every service answers, in every environment.</summary>
public static class DefaultEndpointsExtensions
{
    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        HealthApi.Map(app);
        MetricsApi.Map(app);
        return app;
    }
}
