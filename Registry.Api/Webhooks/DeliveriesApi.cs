using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Access;
using Slipway.Registry.Api.Http;

namespace Slipway.Registry.Api.Webhooks;

/// <summary><c>/api/v1/webhooks</c>: how deliveries fare. The webhooks themselves are MLflow's.</summary>
internal static class DeliveriesApi
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/webhooks").Needs(Permission.Admin, On.Everything);
        group.MapGet("/", ListWebhooksAsync);
        group.MapGet("/{webhookId}/deliveries", ListAsync);
        group.MapGet("/deliveries/{id:guid}", GetAsync);
        group.MapPost("/deliveries/{id:guid}/replay", ReplayAsync);
    }

    private static async Task<JsonHttpResult<IReadOnlyList<WebhookOverview>>> ListWebhooksAsync(DeliveryLog log, CancellationToken ct) =>
        TypedResults.Json<IReadOnlyList<WebhookOverview>>(
            await log.ListWebhooksAsync(ct),
            ContractsJson.Default.IReadOnlyListWebhookOverview
        );

    private static async Task<Results<JsonHttpResult<IReadOnlyList<WebhookDelivery>>, ProblemHttpResult>> ListAsync(
        string webhookId,
        DeliveryLog log,
        string? status,
        int? limit,
        long? beforeEntry,
        CancellationToken ct
    )
    {
        if (status is not (null or DeliveryQueue.Pending or DeliveryQueue.Delivered or DeliveryQueue.Dead))
        {
            return ApiProblem.Invalid("invalid_status", "status must be pending, delivered or dead.");
        }
        if (limit is < 1 or > MaxLimit)
        {
            return ApiProblem.Invalid("invalid_limit", $"limit must be from 1 to {MaxLimit}.");
        }
        return TypedResults.Json<IReadOnlyList<WebhookDelivery>>(
            await log.ListAsync(webhookId, status, limit ?? DefaultLimit, beforeEntry, ct),
            ContractsJson.Default.IReadOnlyListWebhookDelivery
        );
    }

    private static async Task<Results<JsonHttpResult<WebhookDelivery>, ProblemHttpResult>> GetAsync(
        Guid id,
        DeliveryLog log,
        CancellationToken ct
    ) =>
        await log.FindAsync(id, ct) is { } delivery
            ? TypedResults.Json(delivery, ContractsJson.Default.WebhookDelivery)
            : ApiProblem.NotFound("unknown_delivery", $"There is no delivery {id}.");

    private static async Task<Results<JsonHttpResult<WebhookDelivery>, ProblemHttpResult>> ReplayAsync(
        Guid id,
        DeliveryLog log,
        WebhookSignal signal,
        IOptions<WebhookOptions> options,
        CancellationToken ct
    )
    {
        var replayed = await log.ReplayAsync(id, TimeSpan.FromHours(options.Value.GiveUpAfterHours), ct);
        signal.Wake();
        return await log.FindAsync(id, ct) switch
        {
            null => ApiProblem.NotFound("unknown_delivery", $"There is no delivery {id}."),
            _ when !replayed => ApiProblem.Conflict("delivery_pending", "The delivery is on its way: only a finished one can be replayed."),
            { } delivery => TypedResults.Json(delivery, ContractsJson.Default.WebhookDelivery, statusCode: StatusCodes.Status202Accepted),
        };
    }
}
