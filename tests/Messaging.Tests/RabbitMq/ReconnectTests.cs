using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.Contracts.Messages;
using Slipway.Messaging.Topology;
using Slipway.Testing;

namespace Slipway.Messaging.Tests.RabbitMq;

public sealed class ReconnectTests : BrokerTests
{
    [Fact]
    public async Task Start_BrokerAway_IsDegradedThenRecoversByItself()
    {
        await using var proxy = CreateProxy();
        await using var host = await StartAsync(proxy);
        await Assert.ThrowsAsync<MessageNotPublishedException>(() => host.PublishAsync(SampleMessages.Train()));
        Assert.Equal(HealthStatus.Degraded, (await host.CheckAsync()).Status);

        proxy.Open();

        await host.WaitUntilConnectedAsync();
        await host.PublishAsync(SampleMessages.Train());
        await Eventually.TrueAsync(() => !host.Inbox.Received.IsEmpty);
    }

    [Fact]
    public async Task PublishAsync_ConnectionCutAndBack_LosesNothingThatWasConfirmed()
    {
        await using var proxy = CreateProxy();
        proxy.Open();
        await using var host = await StartAsync(proxy);
        await host.PublishAsync(SampleMessages.Train() with { Reason = "0" });
        await Eventually.TrueAsync(() => !host.Inbox.Received.IsEmpty);

        await proxy.CutAsync();
        await Assert.ThrowsAsync<MessageNotPublishedException>(() => host.PublishAsync(SampleMessages.Train() with { Reason = "lost" }));
        proxy.Open();

        var confirmed = new HashSet<string> { "0" };
        await Eventually.TrueAsync(async () =>
        {
            var reason = $"{confirmed.Count}";
            try
            {
                await host.PublishAsync(SampleMessages.Train() with { Reason = reason });
                confirmed.Add(reason);
            }
            catch (MessageNotPublishedException)
            {
                return false;
            }

            return confirmed.Count == 5;
        });

        await Eventually.TrueAsync(() => confirmed.IsSubsetOf(host.Inbox.Received.OfType<TrainModel>().Select(m => m.Reason)));
    }

    private CuttableProxy CreateProxy()
    {
        var uri = new Uri(Broker.ConnectionString);
        return new CuttableProxy(uri.Host, uri.Port > 0 ? uri.Port : 5672);
    }

    private Task<MessagingHost> StartAsync(CuttableProxy proxy)
    {
        var through = new UriBuilder(Broker.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };
        return MessagingHost.StartAsync(
            Broker,
            m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel),
            $"--ConnectionStrings:rabbitmq={through.Uri}",
            "--Messaging:PublishTimeoutSeconds=2"
        );
    }
}
