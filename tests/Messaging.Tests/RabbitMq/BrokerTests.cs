using RabbitMQ.Client;
using Slipway.Messaging.Topology;
using Slipway.Testing;

namespace Slipway.Messaging.Tests.RabbitMq;

/// <summary>A test on the real broker, which it leaves without queues and exchanges of its own.</summary>
public abstract class BrokerTests : IAsyncLifetime
{
    private static readonly string[] s_queues = [MessageRoutes.MonitoringPredictions, MessageRoutes.TrainingTrainModel];
    private static readonly string[] s_exchanges = ["predictions-logged", "train-model", "serving-state-changed"];

    /// <summary>The broker, with this test's own prefix.</summary>
    protected TestBroker Broker { get; } = TestBroker.Require();

    /// <inheritdoc />
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in s_queues.SelectMany(q => new[] { q, q + "_error", q + "_skipped" }))
        {
            await channel.QueueDeleteAsync(Broker.Prefix + queue);
            await channel.ExchangeDeleteAsync(Broker.Prefix + queue);
        }

        foreach (var exchange in s_exchanges)
        {
            await channel.ExchangeDeleteAsync(Broker.Prefix + exchange);
        }
    }

    /// <summary>A connection of the test's own to the broker.</summary>
    protected async Task<IConnection> ConnectAsync() =>
        await new ConnectionFactory { Uri = new Uri(Broker.ConnectionString) }.CreateConnectionAsync();
}
