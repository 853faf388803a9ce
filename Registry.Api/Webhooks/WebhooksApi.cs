using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>MLflow's <c>webhooks</c>.</summary>
internal static class WebhooksApi
{
    private const int DefaultResults = 100;
    private const int MaxResults = 1000;

    public static void Map(RouteGroupBuilder mlflow)
    {
        var group = mlflow.MapGroup("/webhooks");
        group.MapPost("", CreateAsync);
        group.MapGet("", ListAsync);
        group.MapGet("/{webhook_id}", GetAsync);
        group.MapPatch("/{webhook_id}", UpdateAsync);
        group.MapDelete("/{webhook_id}", DeleteAsync);
        group.MapPost("/{webhook_id}/test", TestAsync);
    }

    private static async Task<JsonHttpResult<WebhookAnswer>> CreateAsync(
        MlflowRequest request,
        WebhookStore webhooks,
        WebhookRequests requests,
        CancellationToken ct
    )
    {
        _ = request.RequiredText("name");
        _ = request.RequiredText("url");
        var change = await requests.ReadAsync(request, ct);
        return change.Events is null
            ? throw MlflowRefusal.Invalid("Webhook events cannot be empty")
            : MlflowAnswer.Of(new WebhookAnswer(Answer(await webhooks.CreateAsync(change, ct))));
    }

    private static async Task<JsonHttpResult<WebhookPage>> ListAsync(MlflowRequest request, WebhookStore webhooks, CancellationToken ct)
    {
        var size = PageSize.Read(request, DefaultResults, MaxResults);
        var (page, next) = await webhooks.ListAsync(size, request.Text("page_token"), ct);
        return MlflowAnswer.Of(new WebhookPage([.. page.Select(Answer)], next));
    }

    private static async Task<JsonHttpResult<WebhookAnswer>> GetAsync(
        [FromRoute(Name = "webhook_id")] string id,
        WebhookStore webhooks,
        CancellationToken ct
    ) => MlflowAnswer.Of(new WebhookAnswer(Answer(await webhooks.RequireAsync(id, ct))));

    private static async Task<JsonHttpResult<WebhookAnswer>> UpdateAsync(
        [FromRoute(Name = "webhook_id")] string id,
        MlflowRequest request,
        WebhookStore webhooks,
        WebhookRequests requests,
        CancellationToken ct
    ) => MlflowAnswer.Of(new WebhookAnswer(Answer(await webhooks.UpdateAsync(id, await requests.ReadAsync(request, ct), ct))));

    private static async Task<JsonHttpResult<MlflowEmpty>> DeleteAsync(
        [FromRoute(Name = "webhook_id")] string id,
        WebhookStore webhooks,
        CancellationToken ct
    )
    {
        await webhooks.DeleteAsync(id, ct);
        return MlflowAnswer.Empty;
    }

    private static async Task<JsonHttpResult<WebhookTestAnswer>> TestAsync(
        [FromRoute(Name = "webhook_id")] string id,
        MlflowRequest request,
        WebhookStore webhooks,
        WebhookSender sender,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var webhook = await webhooks.RequireAsync(id, ct);
        var name = WebhookRequests.ReadEvent(request) ?? webhook.Events[0];
        var body = WebhookPayload.Example(name, time.GetUtcNow());
        var result = await sender.SendAsync(webhook.Id, webhook.Url, webhook.Secret, Guid.NewGuid(), body, ct);
        return MlflowAnswer.Of(
            new WebhookTestAnswer(
                new MlflowWebhookTestResult(
                    result.Status < 400,
                    result.Status,
                    result.Body,
                    result.Error is { } error ? $"Failed to test webhook: {error}" : null
                )
            )
        );
    }

    private static MlflowWebhook Answer(Webhook webhook) =>
        new()
        {
            WebhookId = webhook.Id,
            Name = webhook.Name,
            Description = webhook.Description,
            Url = webhook.Url,
            Events =
            [
                .. webhook
                    .Events.Select(WebhookEvents.Split)
                    .Select(e => new MlflowWebhookEvent(e.Entity.ToUpperInvariant(), e.Action.ToUpperInvariant())),
            ],
            Status = webhook.Status,
            CreationTimestamp = webhook.CreatedAt,
            LastUpdatedTimestamp = webhook.UpdatedAt,
        };
}
