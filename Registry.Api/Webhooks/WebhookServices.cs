using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Http.Outbound;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>The services of webhooks.</summary>
internal static class WebhookServices
{
    private const string KeyFile = "webhooks.key";

    public static void AddWebhooks(this WebApplicationBuilder builder, string dataFolder)
    {
        var configuration = builder.Configuration;
        builder
            .Services.AddOptions<WebhookOptions>()
            // Whoever moves here from MLflow's server keeps its environment variables.
            .Configure(options =>
            {
                options.AllowedSchemes = configuration["MLFLOW_WEBHOOK_ALLOWED_SCHEMES"] ?? options.AllowedSchemes;
                options.AllowPrivateAddresses = configuration["MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS"]?.ToUpperInvariant() is "TRUE" or "1";
            })
            .BindConfiguration(WebhookOptions.Section)
            .ValidateDataAnnotations()
            .Validate(
                options => WebhookSecrets.IsKey(options.EncryptionKey),
                $"{WebhookOptions.Section}:EncryptionKey must be 32 bytes in base64."
            )
            .Validate(
                options => Schemes(options).All(scheme => scheme is "http" or "https"),
                $"{WebhookOptions.Section}:AllowedSchemes must be http, https or both, separated by a comma."
            )
            .ValidateOnStart();
        builder.Services.TryAddSingleton<IHostResolver, SystemHostResolver>();
        builder
            .Services.AddSingleton(services =>
            {
                var options = services.GetRequiredService<IOptions<WebhookOptions>>().Value;
                return new WebhookGuard(
                    new OutboundGuard(
                        new OutboundRules(Schemes(options), options.AllowPrivateAddresses),
                        services.GetRequiredService<IHostResolver>()
                    )
                );
            })
            .AddSingleton(services => new WebhookSecrets(
                services.GetRequiredService<IOptions<WebhookOptions>>(),
                Path.Combine(dataFolder, KeyFile)
            ))
            .AddSingleton<WebhookSignal>()
            .AddSingleton<WebhookRequests>()
            .AddSingleton<WebhookStore>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<DeliveryQueue>()
            .AddSingleton<DeliveryLog>()
            .AddHostedService<WebhookWorker>();
    }

    private static string[] Schemes(WebhookOptions options) =>
        options.AllowedSchemes.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The guard with the rules of webhooks.</summary>
internal sealed record WebhookGuard(OutboundGuard Guard);
