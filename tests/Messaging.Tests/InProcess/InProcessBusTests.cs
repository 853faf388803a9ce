using Slipway.Contracts.Messages;
using Slipway.Messaging.Topology;
using Slipway.Testing;

namespace Slipway.Messaging.Tests.InProcess;

public sealed class InProcessBusTests
{
    private readonly InProcessBus _bus = new();

    [Fact]
    public async Task PublishAsync_Durable_CompletesWhenTheOtherServiceHasHandledIt()
    {
        await using var consumer = await StartConsumerAsync();
        await using var publisher = await MessagingHost.StartAsync(_bus, _ => { });

        await publisher.PublishAsync(SampleMessages.Train());

        Assert.Equal(SampleMessages.Train(), Assert.Single(consumer.Inbox.Received));
    }

    [Fact]
    public async Task PublishAsync_ConsumerFails_ThrowsItsError()
    {
        await using var consumer = await StartConsumerAsync();
        await using var publisher = await MessagingHost.StartAsync(_bus, _ => { });
        consumer.Inbox.Failure = _ => new InvalidOperationException("database away");

        var error = await Assert.ThrowsAsync<MessageNotPublishedException>(() => publisher.PublishAsync(SampleMessages.Train()));

        Assert.Contains("database away", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublishAsync_DurableWithoutConsumer_Throws()
    {
        await using var publisher = await MessagingHost.StartAsync(_bus, _ => { });

        var error = await Assert.ThrowsAsync<MessageNotPublishedException>(() => publisher.PublishAsync(SampleMessages.Predictions()));

        Assert.Contains(MessageRoutes.MonitoringPredictions, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublishAsync_ConsumerStopped_Throws()
    {
        await using var publisher = await MessagingHost.StartAsync(_bus, _ => { });
        await using (await StartConsumerAsync())
        {
            await publisher.PublishAsync(SampleMessages.Train());
        }

        await Assert.ThrowsAsync<MessageNotPublishedException>(() => publisher.PublishAsync(SampleMessages.Train()));
    }

    [Fact]
    public async Task PublishAsync_Hint_ReachesEveryServiceAndAFailureStaysThere()
    {
        await using var first = await StartHintConsumerAsync();
        await using var second = await StartHintConsumerAsync();
        first.Inbox.Failure = attempt => attempt == 1 ? new InvalidOperationException("once") : null;

        await first.PublishAsync(SampleMessages.StateChanged(1));
        await first.PublishAsync(SampleMessages.StateChanged(2));

        await Eventually.TrueAsync(() => first.Inbox.Received.Count == 1 && second.Inbox.Received.Count == 2);
        Assert.Equal(SampleMessages.StateChanged(2), Assert.Single(first.Inbox.Received));
    }

    [Fact]
    public async Task PublishAsync_HintWithoutConsumer_Completes()
    {
        await using var publisher = await MessagingHost.StartAsync(_bus, _ => { });

        await publisher.PublishAsync(SampleMessages.StateChanged());
    }

    private Task<MessagingHost> StartConsumerAsync() =>
        MessagingHost.StartAsync(_bus, m => m.Consume<TrainModel, InboxConsumer<TrainModel>>(MessageRoutes.TrainingTrainModel));

    private Task<MessagingHost> StartHintConsumerAsync() =>
        MessagingHost.StartAsync(_bus, m => m.ConsumeHint<ServingStateChanged, InboxConsumer<ServingStateChanged>>());
}
