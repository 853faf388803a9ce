using System.Text.RegularExpressions;
using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>Reads and checks what requests say about webhooks, in MLflow's words.</summary>
internal sealed partial class WebhookRequests(WebhookGuard webhooks)
{
    private const int MaxUrlLength = 500;
    private const int MaxDescriptionLength = 1000;
    private const int MaxSecretLength = 1000;
    private const int MaxEvents = 100;

    public async Task<WebhookChange> ReadAsync(MlflowRequest request, CancellationToken ct) =>
        new(
            request.Text("name") is { Length: > 0 } name ? CheckName(name) : null,
            Limited(request, "description", MaxDescriptionLength),
            request.Text("url") is { Length: > 0 } url ? await CheckUrlAsync(url, ct) : null,
            ReadEvents(request),
            Limited(request, "secret", MaxSecretLength) is { Length: > 0 } secret ? secret : null,
            ReadStatus(request)
        );

    /// <summary>The event of a test; null where none is given.</summary>
    public static string? ReadEvent(MlflowRequest request) =>
        request.Object("event") is { } given ? WebhookEvents.Parse(given.RequiredText("entity"), given.RequiredText("action")) : null;

    private static string? Limited(MlflowRequest request, string name, int limit) =>
        request.Text(name) is { } text
            ? text.Length <= limit
                ? text
                : throw MlflowRefusal.Invalid($"Webhook {name} has {text.Length} characters, which exceeds the limit of {limit}.")
            : null;

    private static string[]? ReadEvents(MlflowRequest request)
    {
        string[] events =
        [
            .. request.List("events").Select(e => WebhookEvents.Parse(e.RequiredText("entity"), e.RequiredText("action"))).Distinct(),
        ];
        return events.Length switch
        {
            0 => null,
            > MaxEvents => throw MlflowRefusal.Invalid($"A webhook can have at most {MaxEvents} events."),
            _ => events,
        };
    }

    private static string? ReadStatus(MlflowRequest request) =>
        request.Choice("status") switch
        {
            null or "" => null,
            Webhook.Active or "1" => Webhook.Active,
            Webhook.Disabled or "2" => Webhook.Disabled,
            var other => throw MlflowRefusal.Invalid(
                $"Invalid webhook status '{MlflowRules.Shorten(other)}'. Valid values are: ['{Webhook.Active}', '{Webhook.Disabled}']"
            ),
        };

    private static string CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw MlflowRefusal.Invalid("Webhook name cannot be empty or just whitespace");
        }
        return Name().IsMatch(name)
            ? name
            : throw MlflowRefusal.Invalid(
                $"Invalid webhook name: '{MlflowRules.Shorten(name)}'. It must have 1 to 63 characters, start and end with a letter or digit, and contain only letters, digits, hyphens, underscores, and dots."
            );
    }

    private async Task<string> CheckUrlAsync(string text, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw MlflowRefusal.Invalid("Webhook URL cannot be empty or just whitespace");
        }
        if (
            text.Length > MaxUrlLength
            || text.Contains('\0', StringComparison.Ordinal)
            || !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.Host.Length == 0
        )
        {
            throw MlflowRefusal.Invalid($"Invalid webhook URL '{MlflowRules.Shorten(text)}'");
        }
        if (url.UserInfo.Length > 0)
        {
            throw MlflowRefusal.Invalid(
                "Invalid webhook URL: it must not hold a user's name or password. Use a secret to sign deliveries."
            );
        }
        return await webhooks.Guard.CheckAsync(url, ct) is { } refusal ? throw MlflowRefusal.Invalid(Prefixed(refusal)) : text;
    }

    private static string Prefixed(string refusal) =>
        refusal.StartsWith("Invalid URL", StringComparison.Ordinal)
            ? refusal.Replace("Invalid URL", "Invalid webhook URL", StringComparison.Ordinal)
        : refusal.StartsWith("URL ", StringComparison.Ordinal) ? "Webhook " + refusal
        : "Invalid webhook URL: " + refusal;

    [GeneratedRegex("^(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?\\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
