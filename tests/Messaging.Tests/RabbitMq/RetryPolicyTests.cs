using System.Text.Json;
using RabbitMQ.Client;
using Slipway.Contracts.Messages;
using Slipway.Messaging.Topology;
using Slipway.Testing;

namespace Slipway.Messaging.Tests.RabbitMq;

public sealed class RetryPolicyTests : BrokerTests
{
    [Fact]
    public async Task Consume_AlwaysFails_GoesToTheErrorQueueAfterTheRetries()
    {
        await using var host = await StartAsync("--Messaging:Retries=2");
        host.Inbox.Failure = _ => new InvalidOperationException("bad message");
        await host.PublishAsync(SampleMessages.Train());

        var body = await ReadErrorQueueAsync();

        Assert.Equal(3, host.Inbox.Attempts);
        using var json = JsonDocument.Parse(body);
        Assert.Equal("bike", json.RootElement.GetProperty("message").GetProperty("model").GetString());
    }

    [Fact]
    public async Task Consume_FailsTwice_SucceedsWithoutTheErrorQueue()
    {
        await using var host = await StartAsync("--Messaging:Retries=3");
        host.Inbox.Failure = attempt => attempt <= 2 ? new InvalidOperationException("not yet") : null;
        await host.PublishAsync(SampleMessages.Train());

        await Eventually.TrueAsync(() => !host.Inbox.Received.IsEmpty);
        Assert.Equal(3, host.Inbox.Attempts);
        Assert.Null(await GetAsync(Broker.Prefix + "training-train-model_error"));
    }

    [Fact]
    public async Task Consume_Outage_IsRetriedFarBeyondTheOrdinaryLimit()
    {
        await using var host = await StartAsync("--Messaging:Retries=1", "--Messaging:MaxRetryDelayMs=10");
        host.Inbox.Failure = attempt => attempt <= 20 ? new InvalidOperationException("wrapped", new OutageException()) : null;
        await host.PublishAsync(SampleMessages.Train());

        await Eventually.TrueAsync(() => !host.Inbox.Received.IsEmpty);
        Assert.Equal(21, host.Inbox.Attempts);
    }

    [Fact]
    public async Task Consume_UnreadableMessage_GoesToTheErrorQueueAndTheNextIsHandled()
    {
        await using var host = await StartAsync();
        await host.WaitUntilConnectedAsync();
        await using (var connection = await ConnectAsync())
        await using (var channel = await connection.CreateChannelAsync())
        {
            var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json" };
            await channel.BasicPublishAsync(
                "",
                Broker.Prefix + MessageRoutes.TrainingTrainModel,
                false,
                properties,
                "{ not json"u8.ToArray()
            );
        }

        await host.PublishAsync(SampleMessages.Train());

        Assert.Equal("{ not json", await ReadErrorQueueAsync());
        await Eventually.TrueAsync(() => !host.Inbox.Received.IsEmpty);
    }

    private Task<MessagingHost> StartAsync(params string[] settings) =>
        MessagingHost.StartAsync(Broker, m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel), settings);

    private Task<string> ReadErrorQueueAsync() => Eventually.GetAsync(() => GetAsync(Broker.Prefix + "training-train-model_error"));

    private async Task<string?> GetAsync(string queue)
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            var message = await channel.BasicGetAsync(queue, autoAck: true);
            return message is null ? null : System.Text.Encoding.UTF8.GetString(message.Body.Span);
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
        {
            // MassTransit creates the error queue when it needs it.
            return null;
        }
    }

    private sealed class OutageException : System.Data.Common.DbException
    {
        public override bool IsTransient => true;
    }
}
