using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Http;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Traffic;

/// <summary>What is stored, in all and by endpoint.</summary>
internal static class TrafficApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/stats", GetStatsAsync);
        routes.MapGet("/api/v1/endpoints/{endpoint}/summary", GetSummaryAsync);
    }

    private static async Task<JsonHttpResult<MonitoringStats>> GetStatsAsync(TrafficReader reader, CancellationToken ct) =>
        TypedResults.Json(await reader.ReadStatsAsync(ct), ContractsJson.Default.MonitoringStats);

    private static async Task<Results<JsonHttpResult<EndpointTraffic>, ProblemHttpResult>> GetSummaryAsync(
        string endpoint,
        TrafficReader reader,
        CancellationToken ct
    ) =>
        StorableText.IsValid(endpoint) && await reader.ReadTrafficAsync(endpoint, ct) is { } traffic
            ? TypedResults.Json(traffic, ContractsJson.Default.EndpointTraffic)
            : Problem.UnknownEndpoint(endpoint);
}
