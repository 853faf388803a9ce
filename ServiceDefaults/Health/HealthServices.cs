using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Health;

/// <summary>Registers the check that every service has.</summary>
internal static class HealthServices
{
    internal static void AddServiceHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<LifetimeHealthCheck>("lifetime", tags: [HealthTags.Ready]);
}
