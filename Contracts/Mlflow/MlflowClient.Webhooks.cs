using System.Text.Json.Nodes;

namespace Slipway.Contracts.Mlflow;

/// <content>Webhooks.</content>
public sealed partial class MlflowClient
{
    /// <summary>Creates a webhook. With a <paramref name="secret"/> its deliveries are signed; nobody reads it back.</summary>
    public async Task<MlflowWebhook> CreateWebhookAsync(
        string name,
        Uri url,
        IReadOnlyList<MlflowWebhookEvent> events,
        string? secret = null,
        string? description = null,
        CancellationToken ct = default
    )
    {
        ArgumentNullException.ThrowIfNull(url);
        var body = Body(
            ("name", name),
            ("url", url.OriginalString),
            ("events", EventList(events)),
            ("secret", secret),
            ("description", description)
        );
        return (await PostAsync<WebhookAnswer>("webhooks", body, ct)).Webhook;
    }

    /// <summary>A webhook.</summary>
    public async Task<MlflowWebhook> GetWebhookAsync(string webhookId, CancellationToken ct = default) =>
        (await GetAsync<WebhookAnswer>($"webhooks/{Uri.EscapeDataString(webhookId)}", ct)).Webhook;

    /// <summary>All webhooks, the newest first, page by page.</summary>
    public IAsyncEnumerable<MlflowWebhook> ListWebhooksAsync(int pageSize = 100) =>
        Pages(
            (token, ct) =>
                GetAsync<WebhookPage>(
                    "webhooks",
                    ct,
                    ("max_results", pageSize.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    ("page_token", token)
                ),
            page => (page.Webhooks, page.NextPageToken)
        );

    /// <summary>Changes what is given; <paramref name="status"/> is <c>ACTIVE</c> or <c>DISABLED</c>.</summary>
    public async Task<MlflowWebhook> UpdateWebhookAsync(
        string webhookId,
        string? name = null,
        Uri? url = null,
        IReadOnlyList<MlflowWebhookEvent>? events = null,
        string? secret = null,
        string? description = null,
        string? status = null,
        CancellationToken ct = default
    )
    {
        var body = Body(
            ("name", name),
            ("url", url?.OriginalString),
            ("events", events is null ? null : EventList(events)),
            ("secret", secret),
            ("description", description),
            ("status", status)
        );
        return (await SendAsync<WebhookAnswer>(HttpMethod.Patch, $"webhooks/{Uri.EscapeDataString(webhookId)}", body, ct)).Webhook;
    }

    /// <summary>Deletes a webhook.</summary>
    public Task DeleteWebhookAsync(string webhookId, CancellationToken ct = default) =>
        SendAsync<MlflowEmpty>(HttpMethod.Delete, $"webhooks/{Uri.EscapeDataString(webhookId)}", Body(), ct);

    /// <summary>Sends a made-up event to a webhook and says what came back.</summary>
    public async Task<MlflowWebhookTestResult> TestWebhookAsync(
        string webhookId,
        MlflowWebhookEvent? sent = null,
        CancellationToken ct = default
    ) =>
        (
            await PostAsync<WebhookTestAnswer>(
                $"webhooks/{Uri.EscapeDataString(webhookId)}/test",
                Body(("event", sent is null ? null : Event(sent))),
                ct
            )
        ).Result;

    private static JsonArray EventList(IReadOnlyList<MlflowWebhookEvent> events) => new([.. events.Select(each => (JsonNode)Event(each))]);

    private static JsonObject Event(MlflowWebhookEvent each) => Body(("entity", each.Entity), ("action", each.Action));
}
