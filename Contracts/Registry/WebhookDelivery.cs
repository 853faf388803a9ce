namespace Slipway.Contracts.Registry;

/// <summary>An event on its way to a webhook, or arrived, or given up.</summary>
public sealed record WebhookDelivery
{
    /// <summary>The same for every attempt: receivers see it as <c>X-MLflow-Delivery-Id</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>The webhook.</summary>
    public required string WebhookId { get; init; }

    /// <summary>The event, such as <c>model_version_alias.created</c>.</summary>
    public required string Event { get; init; }

    /// <summary>The audit entry of the change.</summary>
    public required long EntryId { get; init; }

    /// <summary><c>pending</c>, <c>delivered</c> or <c>dead</c>.</summary>
    public required string Status { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is tried next, while it is pending.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it was delivered or given up.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The latest attempts, newest first; at most 20.</summary>
    public required IReadOnlyList<WebhookAttempt> Log { get; init; }
}

/// <summary>One request of a delivery.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="At">When it ended.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Status">The receiver's answer, or null where there was none.</param>
/// <param name="Body">The beginning of the answer's body.</param>
/// <param name="Error">Why there was no answer.</param>
public sealed record WebhookAttempt(int Number, DateTimeOffset At, double DurationMs, int? Status, string? Body, string? Error);

/// <summary>A webhook and how its deliveries fare.</summary>
public sealed record WebhookOverview
{
    /// <summary>The webhook.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it sends to.</summary>
    public required string Url { get; init; }

    /// <summary><c>ACTIVE</c> or <c>DISABLED</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The events that it is told.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>Deliveries on their way.</summary>
    public required long Pending { get; init; }

    /// <summary>Deliveries of the log that arrived.</summary>
    public required long Delivered { get; init; }

    /// <summary>Deliveries of the log that were given up.</summary>
    public required long Dead { get; init; }
}
