using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Webhooks;

/// <summary>A registry that may send to loopback over plain HTTP, as MLflow's own tests set theirs up, and that does not wait long between attempts.</summary>
public sealed class WebhooksFixture : IAsyncLifetime
{
    public static (string, string)[] Settings { get; } =
    [
        ("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http"),
        ("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true"),
        ("Registry:Webhooks:FirstRetryDelayMs", "20"),
    ];

    public RegistryHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await RegistryHost.StartAsync(Settings);

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
