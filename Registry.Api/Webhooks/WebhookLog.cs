namespace Slipway.Registry.Api.Webhooks;

/// <summary>Log messages about webhooks: event ids 2060 to 2069.</summary>
internal static partial class WebhookLog
{
    [LoggerMessage(2060, LogLevel.Warning, "Delivery {Id} to webhook {Webhook} failed at attempt {Attempt}: status {Status}, {Reason}")]
    public static partial void DeliveryFailed(ILogger logger, Guid id, string webhook, int attempt, int? status, string? reason);

    [LoggerMessage(2061, LogLevel.Error, "Delivery {Id} could not be made or written down; it is tried again")]
    public static partial void DeliveryBroken(ILogger logger, Exception exception, Guid id);
}
