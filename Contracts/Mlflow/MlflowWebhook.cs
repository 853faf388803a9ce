namespace Slipway.Contracts.Mlflow;

/// <summary>A webhook. Its secret is only ever written.</summary>
public sealed record MlflowWebhook
{
    /// <summary>Identifies it.</summary>
    public required string WebhookId { get; init; }

    /// <summary>A name for people.</summary>
    public required string Name { get; init; }

    /// <summary>Text for people.</summary>
    public string? Description { get; init; }

    /// <summary>Where it sends to.</summary>
    public required string Url { get; init; }

    /// <summary>What it is told.</summary>
    public required IReadOnlyList<MlflowWebhookEvent> Events { get; init; }

    /// <summary><c>ACTIVE</c> or <c>DISABLED</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long CreationTimestamp { get; init; }

    /// <summary>Unix time in milliseconds.</summary>
    public long LastUpdatedTimestamp { get; init; }
}

/// <summary>An event by MLflow's names, such as <c>MODEL_VERSION</c> and <c>CREATED</c>.</summary>
public sealed record MlflowWebhookEvent(string Entity, string Action);

/// <summary>What the test of a webhook found.</summary>
public sealed record MlflowWebhookTestResult(bool Success, int? ResponseStatus, string? ResponseBody, string? ErrorMessage);

/// <summary>Answer of <c>webhooks</c>: create, get and update.</summary>
public sealed record WebhookAnswer(MlflowWebhook Webhook);

/// <summary>Answer of <c>webhooks/{id}/test</c>.</summary>
public sealed record WebhookTestAnswer(MlflowWebhookTestResult Result);

/// <summary>Answer of <c>webhooks</c>: list.</summary>
public sealed record WebhookPage(IReadOnlyList<MlflowWebhook> Webhooks, string? NextPageToken)
{
    /// <summary>Never null: an empty list is left out on the wire.</summary>
    public IReadOnlyList<MlflowWebhook> Webhooks { get; } = Webhooks ?? [];
}
