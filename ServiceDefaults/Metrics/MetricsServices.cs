using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary>Collects a service's metrics for <c>/metrics</c>.</summary>
internal static class MetricsServices
{
    internal static void AddServiceMetrics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton<MetricsRegistry>();
        services.TryAddSingleton<IMetricSeries>(provider => provider.GetRequiredService<MetricsRegistry>());
        services.AddHostedService<MetricsStarter>();
    }
}
