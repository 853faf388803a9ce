using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Slipway.Messaging.InProcess;
using Slipway.Messaging.Topology;

namespace Slipway.Messaging;

/// <summary>
/// Joins services that live in one process, without a broker: one instance is registered in the container of each before <c>AddMessaging</c>. A durable message counts as published when every
/// consumer has handled it, in the publisher's own call; a hint is handed over and forgotten.
/// </summary>
public sealed class InProcessBus
{
    private readonly ConcurrentDictionary<Type, ImmutableArray<IInProcessSubscription>> _subscriptions = new();

    internal IDisposable Subscribe<T>(Func<T, CancellationToken, Task> handler, bool hint, int concurrency, ILogger logger)
        where T : class
    {
        IInProcessSubscription subscription = hint
            ? new HintSubscription<T>(handler, logger)
            : new DurableSubscription<T>(handler, concurrency);
        _subscriptions.AddOrUpdate(typeof(T), _ => [subscription], (_, others) => others.Add(subscription));
        return new Unsubscriber(() =>
        {
            _subscriptions.AddOrUpdate(typeof(T), _ => [], (_, others) => others.Remove(subscription));
            subscription.Dispose();
        });
    }

    internal async Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        var subscriptions = _subscriptions.GetValueOrDefault(typeof(T), []);
        if (subscriptions.IsEmpty && MessageRoutes.QueueOf(typeof(T)) is { } queue)
        {
            throw new MessageNotPublishedException(
                $"Nobody consumes {typeof(T).Name} ('{queue}') in this process now: its service is starting or stopping."
            );
        }

        foreach (var subscription in subscriptions)
        {
            await subscription.DeliverAsync(message, cancellationToken);
        }
    }

    private sealed class Unsubscriber(Action action) : IDisposable
    {
        private Action? _action = action;

        public void Dispose() => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}
