using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Health;

internal static class HealthServices
{
    internal static void AddServiceHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<LifetimeHealthCheck>("lifetime", tags: [HealthTags.Ready]);
}
