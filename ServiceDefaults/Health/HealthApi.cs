using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Routing;

namespace Slipway.ServiceDefaults.Health;

/// <summary>
/// <c>/health/live</c>: the process answers (restart it when not). <c>/health/ready</c>: every check tagged <c>ready</c> passes (send it work).
/// </summary>
internal static class HealthApi
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        // Live asks nothing of the outside: a database that is away is no reason to restart this process.
        Map(routes, "/health/live", _ => false);
        Map(routes, "/health/ready", tags => tags.Contains(HealthTags.Ready));
    }

    private static void Map(IEndpointRouteBuilder routes, string path, Predicate<ISet<string>> include) =>
        routes
            .MapHealthChecks(
                path,
                new HealthCheckOptions { Predicate = check => include(check.Tags), ResponseWriter = HealthReportWriter.WriteAsync }
            )
            .AllowAnonymous()
            .DisableHttpMetrics();
}
