namespace Slipway.Messaging;

/// <summary>
/// Publishes messages. "Published" always means "will not be lost": for a durable message the returned task completes once the broker has confirmed it (or, in one process without
/// a broker, once every consumer has handled it). When it throws, the message is still the caller's, to be tried again; a consumer may then see it twice.
/// </summary>
public interface IMessagePublisher
{
    /// <summary>Publishes <paramref name="message"/>.</summary>
    /// <exception cref="MessageNotPublishedException">It could not be published within the configured time, or nobody can take it now.</exception>
    Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class;
}
