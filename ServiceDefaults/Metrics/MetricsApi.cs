using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Slipway.ServiceDefaults.Metrics;

/// <summary><c>/metrics</c>: the Prometheus text exposition format, version 0.0.4.</summary>
internal static class MetricsApi
{
    private const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    internal static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", Get).AllowAnonymous().DisableHttpMetrics().ExcludeFromDescription();

    private static Utf8ContentHttpResult Get(MetricsRegistry registry) =>
        TypedResults.Text(Encoding.UTF8.GetBytes(registry.Render()), ContentType);
}
