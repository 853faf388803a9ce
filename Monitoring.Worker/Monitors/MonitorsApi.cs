using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Http;
using Slipway.Monitoring.Worker.Storage;
using Slipway.Monitoring.Worker.Windows;

namespace Slipway.Monitoring.Worker.Monitors;

/// <summary>Monitors: list, read, replace, delete.</summary>
internal static class MonitorsApi
{
    private const int MaxBodyBytes = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/monitors", ListAsync);
        routes.MapGet("/api/v1/monitors/{endpoint}", GetAsync);
        routes.MapPut("/api/v1/monitors/{endpoint}", PutAsync);
        routes.MapDelete("/api/v1/monitors/{endpoint}", DeleteAsync);
    }

    private static async Task<JsonHttpResult<IReadOnlyList<MonitorDefinition>>> ListAsync(MonitorStore store, CancellationToken ct) =>
        TypedResults.Json(await store.ListAsync(ct), ContractsJson.Default.IReadOnlyListMonitorDefinition);

    private static async Task<Results<JsonHttpResult<MonitorDefinition>, ProblemHttpResult>> GetAsync(
        string endpoint,
        MonitorStore store,
        CancellationToken ct
    ) =>
        StorableText.IsValid(endpoint) && await store.FindAsync(endpoint, ct) is { } monitor
            ? TypedResults.Json(monitor, ContractsJson.Default.MonitorDefinition)
            : Problem.UnknownEndpoint(endpoint);

    private static async Task<Results<JsonHttpResult<MonitorDefinition>, ProblemHttpResult>> PutAsync(
        string endpoint,
        HttpRequest request,
        MonitorStore store,
        WindowSignal signal,
        CancellationToken ct
    )
    {
        if (!EndpointName.TryParse(endpoint, out _, out var nameError) || !StorableText.IsValid(endpoint))
        {
            return Problem.BadRequest("invalid_endpoint_name", nameError ?? "The endpoint name holds a text that cannot be stored.");
        }
        if (await BoundedBody.ReadAsync(request, MaxBodyBytes, ct) is not { } body)
        {
            return Problem.Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", $"A monitor has at most {MaxBodyBytes} bytes.");
        }
        MonitorDefinition? monitor;
        try
        {
            monitor = JsonSerializer.Deserialize(body, ContractsJson.Default.MonitorDefinition);
        }
        catch (JsonException e)
        {
            return Problem.BadRequest("invalid_json", e.Message);
        }
        if (monitor is null || MonitorCheck.Find(monitor) is not null)
        {
            return Problem.BadRequest("invalid_monitor", monitor is null ? "The body is null." : MonitorCheck.Find(monitor)!);
        }
        monitor = monitor with { Endpoint = endpoint };
        await store.PutAsync(monitor, ct);
        signal.Set();
        return TypedResults.Json(monitor, ContractsJson.Default.MonitorDefinition);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string endpoint,
        MonitorStore store,
        CancellationToken ct
    ) =>
        StorableText.IsValid(endpoint) && await store.DeleteAsync(endpoint, ct)
            ? TypedResults.NoContent()
            : Problem.UnknownEndpoint(endpoint);
}
