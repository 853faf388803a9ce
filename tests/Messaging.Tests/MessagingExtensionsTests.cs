using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Messages;
using Slipway.Messaging.Topology;

namespace Slipway.Messaging.Tests;

public sealed class MessagingExtensionsTests
{
    [Fact]
    public void AddMessaging_NeitherBrokerNorBus_NamesTheConfigurationKey()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

        var error = Assert.Throws<InvalidOperationException>(() => builder.AddMessaging(_ => { }));

        Assert.Contains("ConnectionStrings:rabbitmq", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:5672")]
    [InlineData("http://localhost")]
    [InlineData("Host=localhost")]
    public void AddMessaging_NotAnAmqpUri_SaysSoWithoutTheValue(string value)
    {
        var builder = Host.CreateApplicationBuilder([$"--ConnectionStrings:rabbitmq={value}"]);

        var error = Assert.Throws<InvalidOperationException>(() => builder.AddMessaging(_ => { }));

        Assert.Contains("amqp://", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddMessaging_PrefixWithASlash_StopsTheStart()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            MessagingHost.StartAsync(new InProcessBus(), _ => { }, "--Messaging:Prefix=a/b")
        );

        Assert.Contains(nameof(MessagingOptions.Prefix), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Consume_AnotherQueueThanTheKnownOne_Throws()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new MessagingBuilder().Consume<TrainModel, InboxConsumer<TrainModel>>("elsewhere")
        );

        Assert.Contains(MessageRoutes.TrainingTrainModel, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Consume_TheSameMessageTwice_Throws()
    {
        var builder = new MessagingBuilder().ConsumeHint<ServingStateChanged, InboxConsumer<ServingStateChanged>>();

        Assert.Throws<ArgumentException>(() => builder.ConsumeHint<ServingStateChanged, InboxConsumer<ServingStateChanged>>());
    }

    [Fact]
    public void ConsumeHint_DurableMessage_Throws() =>
        Assert.Throws<ArgumentException>(() => new MessagingBuilder().ConsumeHint<TrainModel, InboxConsumer<TrainModel>>());
}
