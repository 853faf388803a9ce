using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.ServiceDefaults.Health;

internal sealed class DelegateHealthCheck(
    IServiceProvider services,
    Func<IServiceProvider, CancellationToken, Task<HealthCheckResult>> check
) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        check(services, cancellationToken);
}
