namespace Slipway.Registry.Api.Webhooks;

/// <summary>A webhook as its row holds it.</summary>
internal sealed record Webhook(
    string Id,
    string Name,
    string? Description,
    string Url,
    string[] Events,
    byte[]? Secret,
    string Status,
    long CreatedAt,
    long UpdatedAt
)
{
    public const string Active = "ACTIVE";
    public const string Disabled = "DISABLED";
}

/// <summary>What to change of a webhook; what is null stays.</summary>
internal sealed record WebhookChange(string? Name, string? Description, string? Url, string[]? Events, string? Secret, string? Status);
