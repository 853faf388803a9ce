using System.Text.Json;
using Slipway.Messaging;

namespace Slipway.Inference.Benchmarks.Servers;

/// <summary>Does to a message what a publisher does up to the network: it becomes JSON, and is then thrown away.</summary>
internal sealed class DiscardingPublisher : IMessagePublisher
{
    public Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        _ = JsonSerializer.SerializeToUtf8Bytes(message);
        return Task.CompletedTask;
    }
}
