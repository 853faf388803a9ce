using System.Collections.Concurrent;
using Slipway.Contracts.Messages;
using Slipway.Messaging;

namespace Slipway.Monitoring.Worker.Tests.Hosting;

/// <summary>Remembers what was published, and can refuse.</summary>
internal sealed class RecordingPublisher : IMessagePublisher
{
    private readonly ConcurrentQueue<TrainModel> _messages = new();

    public IReadOnlyCollection<TrainModel> Messages => _messages;

    public bool IsAway { get; set; }

    public Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        if (IsAway)
        {
            throw new MessageNotPublishedException("The broker is away.");
        }
        _messages.Enqueue((TrainModel)(object)message);
        return Task.CompletedTask;
    }
}
