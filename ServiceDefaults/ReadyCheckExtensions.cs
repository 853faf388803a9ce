using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.ServiceDefaults.Health;

namespace Slipway.ServiceDefaults;

/// <summary>Registers what must hold before a service can do its work.</summary>
public static class ReadyCheckExtensions
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Adds a check to <c>/health/ready</c>. It has 5 s; an exception or a timeout counts as unhealthy. <c>Degraded</c> still answers 200: use it
    /// for what the service can do without for a while.
    /// </summary>
    public static IServiceCollection AddReadyCheck(
        this IServiceCollection services,
        string name,
        Func<IServiceProvider, CancellationToken, Task<HealthCheckResult>> check
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(check);
        services
            .AddHealthChecks()
            .Add(
                new HealthCheckRegistration(
                    name,
                    provider => new DelegateHealthCheck(provider, check),
                    HealthStatus.Unhealthy,
                    [HealthTags.Ready],
                    s_timeout
                )
            );
        return services;
    }
}
