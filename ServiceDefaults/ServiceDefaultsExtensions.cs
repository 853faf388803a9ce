using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Discovery;
using Slipway.ServiceDefaults.Health;
using Slipway.ServiceDefaults.Logs;
using Slipway.ServiceDefaults.Metrics;
using Slipway.ServiceDefaults.Problems;
using Slipway.ServiceDefaults.Resilience;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ServiceDefaults;

/// <summary>What every service has: telemetry, health, metrics, problem details, service discovery and resilient HTTP clients.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds the defaults. Call it first, so that whatever the service registers itself comes after, and wins.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="serviceName">The resource's name in the app model, such as <c>registry</c>; the default of OTEL_SERVICE_NAME.</param>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, string serviceName)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceName);

        // A service and the process that composes it may both ask.
        if (builder.Services.Any(service => service.ServiceType == typeof(Marker)))
        {
            return builder;
        }

        builder.Services.AddSingleton<Marker>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddServiceLogging();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);

        builder.AddServiceTelemetry(serviceName);
        builder.Services.AddServiceHealth();
        builder.Services.AddServiceMetrics();
        builder.Services.AddServiceProblems();
        builder.Services.AddServiceDiscovery();
        builder.Services.AddResilientHttpClients();
        return builder;
    }

    private sealed class Marker;
}
