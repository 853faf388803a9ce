using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Slipway.Testing;

namespace Slipway.Messaging.Tests;

/// <summary>A service with messaging, and what its consumers received.</summary>
internal sealed class MessagingHost : IAsyncDisposable
{
    private readonly IHost _host;

    private MessagingHost(IHost host) => _host = host;

    internal IServiceProvider Services => _host.Services;

    internal Inbox Inbox => _host.Services.GetRequiredService<Inbox>();

    internal Task PublishAsync<T>(T message, CancellationToken cancellationToken = default)
        where T : class => _host.Services.GetRequiredService<IMessagePublisher>().PublishAsync(message, cancellationToken);

    /// <summary>Waits until the broker has this host's queues: a hint sent earlier would not be kept for it.</summary>
    internal Task WaitUntilConnectedAsync() => Eventually.TrueAsync(async () => (await CheckAsync()).Status == HealthStatus.Healthy);

    internal Task<HealthReport> CheckAsync() => _host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    internal static Task<MessagingHost> StartAsync(TestBroker broker, Action<MessagingBuilder> configure, params string[] settings) =>
        StartAsync(
            (InProcessBus?)null,
            configure,
            [
                $"--ConnectionStrings:rabbitmq={broker.ConnectionString}",
                $"--Messaging:Prefix={broker.Prefix}",
                "--Messaging:FirstRetryDelayMs=10",
                "--Messaging:MaxRetryDelayMs=50",
                .. settings,
            ]
        );

    internal static async Task<MessagingHost> StartAsync(InProcessBus? bus, Action<MessagingBuilder> configure, params string[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = settings, EnvironmentName = "Production" });
        builder.Services.AddSingleton<Inbox>();
        if (bus is not null)
        {
            builder.Services.AddSingleton(bus);
        }

        builder.AddMessaging(configure);
        var host = builder.Build();
        await host.StartAsync();
        return new MessagingHost(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
