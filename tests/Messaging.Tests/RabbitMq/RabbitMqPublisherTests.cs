using System.Diagnostics;
using System.Text.Json;
using RabbitMQ.Client;
using Slipway.Contracts.Messages;
using Slipway.Messaging.Topology;
using Slipway.Testing;

namespace Slipway.Messaging.Tests.RabbitMq;

public sealed class RabbitMqPublisherTests : BrokerTests
{
    [Fact]
    public async Task PublishAsync_PredictionsLogged_ArrivesUnchangedAndOnce()
    {
        await using var host = await MessagingHost.StartAsync(
            Broker,
            m => m.Consume<PredictionsLogged, InboxConsumer<PredictionsLogged>>(MessageRoutes.MonitoringPredictions)
        );
        var first = SampleMessages.Predictions();
        await host.PublishAsync(first);
        await host.PublishAsync(SampleMessages.Predictions("p-2"));

        await Eventually.TrueAsync(() => host.Inbox.Received.Count >= 2);
        // Ten more, so that a second copy of the first two would have overtaken the last.
        for (var i = 3; i <= 12; i++)
        {
            await host.PublishAsync(SampleMessages.Predictions($"p-{i}"));
        }

        await Eventually.TrueAsync(() => host.Inbox.Received.OfType<PredictionsLogged>().Any(m => m.Predictions[0].PredictionId == "p-12"));
        Assert.Equal(12, host.Inbox.Received.Count);
        AssertSame(first, host.Inbox.Received.First());
    }

    [Fact]
    public async Task PublishAsync_TrainModel_ArrivesUnchanged()
    {
        await using var host = await MessagingHost.StartAsync(
            Broker,
            m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel)
        );
        await host.PublishAsync(SampleMessages.Train());

        await Eventually.TrueAsync(() => !host.Inbox.Received.IsEmpty);
        AssertSame(SampleMessages.Train(), Assert.Single(host.Inbox.Received));
    }

    [Fact]
    public async Task PublishAsync_Hint_ReachesEveryHost()
    {
        await using var first = await MessagingHost.StartAsync(
            Broker,
            m => m.ConsumeHint<ServingStateChanged, InboxConsumer<ServingStateChanged>>()
        );
        await using var second = await MessagingHost.StartAsync(
            Broker,
            m => m.ConsumeHint<ServingStateChanged, InboxConsumer<ServingStateChanged>>()
        );
        await using var publisher = await MessagingHost.StartAsync(Broker, _ => { });
        await first.WaitUntilConnectedAsync();
        await second.WaitUntilConnectedAsync();

        await publisher.PublishAsync(SampleMessages.StateChanged());

        await Eventually.TrueAsync(() => !first.Inbox.Received.IsEmpty && !second.Inbox.Received.IsEmpty);
        AssertSame(SampleMessages.StateChanged(), Assert.Single(first.Inbox.Received));
        AssertSame(SampleMessages.StateChanged(), Assert.Single(second.Inbox.Received));
    }

    [Fact]
    public async Task PublishAsync_BeforeTheConsumerEverRan_ArrivesWhenItStarts()
    {
        await using (var publisher = await MessagingHost.StartAsync(Broker, _ => { }))
        {
            await publisher.PublishAsync(SampleMessages.Train());
            await publisher.PublishAsync(SampleMessages.Predictions());
        }

        await using var consumer = await MessagingHost.StartAsync(
            Broker,
            m =>
                m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel)
                    .Consume<PredictionsLogged, InboxConsumer<PredictionsLogged>>(MessageRoutes.MonitoringPredictions)
        );

        await Eventually.TrueAsync(() => consumer.Inbox.Received.Count == 2);
        Assert.Single(consumer.Inbox.Received.OfType<TrainModel>());
        Assert.Single(consumer.Inbox.Received.OfType<PredictionsLogged>());
    }

    [Fact]
    public async Task PublishAsync_DurableMessage_MakesABoundedQueueThatNeverDropsWhatIsRedelivered()
    {
        await using var host = await MessagingHost.StartAsync(Broker, _ => { });
        await host.PublishAsync(SampleMessages.Train());
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();

        // The broker refuses to declare a queue that exists with other arguments.
        var queue = await channel.QueueDeclareAsync(
            Broker.Prefix + MessageRoutes.TrainingTrainModel,
            durable: true,
            exclusive: false,
            autoDelete: false,
            new Dictionary<string, object?>
            {
                ["x-queue-type"] = "quorum",
                ["x-max-length-bytes"] = 1L << 30,
                ["x-overflow"] = "reject-publish",
                ["x-delivery-limit"] = int.MaxValue,
            }
        );

        Assert.Equal(1u, queue.MessageCount);
    }

    [Fact]
    public async Task PublishAsync_QueueIsFull_ThrowsAndKeepsWhatWasConfirmed()
    {
        const string Small = "--Messaging:MaxQueueBytes=20000";
        var confirmed = new List<string>();
        await using (var publisher = await MessagingHost.StartAsync(Broker, _ => { }, Small))
        {
            await Assert.ThrowsAsync<MessageNotPublishedException>(async () =>
            {
                // Far more than fits: the broker may let a few pass before it notices.
                for (var i = 0; i < 1_000; i++)
                {
                    var message = SampleMessages.Train() with { Reason = $"{i} {new string('x', 2_000)}" };
                    await publisher.PublishAsync(message);
                    confirmed.Add(message.Reason);
                }
            });
        }

        await using var consumer = await MessagingHost.StartAsync(
            Broker,
            m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel),
            Small
        );
        await Eventually.TrueAsync(() => consumer.Inbox.Received.Count >= confirmed.Count);
        Assert.NotEmpty(confirmed);
        Assert.Empty(confirmed.Except(consumer.Inbox.Received.OfType<TrainModel>().Select(m => m.Reason)));
    }

    [Fact]
    public async Task PublishAsync_AnotherPrefix_IsNotReceived()
    {
        var other = TestBroker.Require();
        await using var stranger = await MessagingHost.StartAsync(
            other,
            m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel)
        );
        await using var host = await MessagingHost.StartAsync(
            Broker,
            m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel)
        );
        var forStranger = SampleMessages.Train() with { Model = "other" };

        await host.PublishAsync(SampleMessages.Train());
        await stranger.PublishAsync(forStranger);

        await Eventually.TrueAsync(() => !host.Inbox.Received.IsEmpty && !stranger.Inbox.Received.IsEmpty);
        AssertSame(SampleMessages.Train(), Assert.Single(host.Inbox.Received));
        AssertSame(forStranger, Assert.Single(stranger.Inbox.Received));
    }

    [Fact]
    public async Task PublishAsync_BrokerRefusesConnections_ThrowsWithinTheLimit()
    {
        await using var host = await MessagingHost.StartAsync(
            (InProcessBus?)null,
            _ => { },
            "--ConnectionStrings:rabbitmq=amqp://user:secret-word@127.0.0.1:1",
            "--Messaging:PublishTimeoutSeconds=1"
        );
        var watch = Stopwatch.StartNew();

        var error = await Assert.ThrowsAsync<MessageNotPublishedException>(() => host.PublishAsync(SampleMessages.Train()));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublishAsync_CallerCancels_ThrowsCancellation()
    {
        await using var host = await MessagingHost.StartAsync(
            (InProcessBus?)null,
            _ => { },
            "--ConnectionStrings:rabbitmq=amqp://user:word@127.0.0.1:1"
        );
        using var cancel = new CancellationTokenSource();
        var publish = host.PublishAsync(SampleMessages.Train(), cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publish);
    }

    [Fact]
    public async Task PublishAsync_InsideATrace_ConsumerContinuesIt()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "MassTransit" or "Slipway.Messaging.Tests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("Slipway.Messaging.Tests");
        await using var host = await MessagingHost.StartAsync(
            Broker,
            m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel)
        );

        string traceId;
        using (var activity = source.StartActivity("request"))
        {
            traceId = activity!.TraceId.ToString();
            await host.PublishAsync(SampleMessages.Train());
        }

        await Eventually.TrueAsync(() => !host.Inbox.TraceIds.IsEmpty);
        Assert.Equal(traceId, Assert.Single(host.Inbox.TraceIds));
    }

    internal static void AssertSame<T>(T expected, object actual) =>
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(Assert.IsType<T>(actual)));
}
