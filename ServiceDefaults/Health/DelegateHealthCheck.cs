using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Health;

/// <summary>A check that is a function, so that a service needs no class for each.</summary>
internal sealed class DelegateHealthCheck(
    IServiceProvider services,
    Func<IServiceProvider, CancellationToken, Task<HealthCheckResult>> check
) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        check(services, cancellationToken);
}
