using System.ComponentModel.DataAnnotations;

namespace Slipway.Messaging;

/// <summary>How messages are published and consumed. Configuration section <c>Messaging</c>.</summary>
public sealed class MessagingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Messaging";

    /// <summary>The name of the connection string: an AMQP URI.</summary>
    public const string ConnectionName = "rabbitmq";

    /// <summary>Put before the name of every queue and exchange, so that several installations can share a broker. Letters, digits, <c>.</c>, <c>_</c>, <c>-</c>.</summary>
    [RegularExpression("^[A-Za-z0-9._-]{0,60}$")]
    public string Prefix { get; set; } = "";

    /// <summary>
    /// The most that a durable queue holds, in bytes (1 GiB: millions of predictions). When it is full the broker refuses further messages, and their senders keep them. It
    /// must be the same for all services, and cannot be changed for a queue that exists: delete the queue, once it is empty, and it is made anew.
    /// </summary>
    [Range(10_000, long.MaxValue)]
    public long MaxQueueBytes { get; set; } = 1L << 30;

    /// <summary>Seconds until the broker must have confirmed a message; after that the caller gets it back.</summary>
    [Range(1, 300)]
    public int PublishTimeoutSeconds { get; set; } = 10;

    /// <summary>How often a message whose consumer failed is tried again before it goes to the error queue.</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 5;

    /// <summary>
    /// How often it is tried again when the failure is an outage (database or neighbour away), which says nothing against the message. With the longest pause of 30 s, the
    /// default outlasts about eight hours.
    /// </summary>
    [Range(0, 10_000)]
    public int OutageRetries { get; set; } = 1_000;

    /// <summary>The first pause between tries, in milliseconds; the pauses grow exponentially.</summary>
    [Range(1, 60_000)]
    public int FirstRetryDelayMs { get; set; } = 200;

    /// <summary>The longest pause between tries, in milliseconds.</summary>
    [Range(1, 600_000)]
    public int MaxRetryDelayMs { get; set; } = 30_000;

    /// <summary>Seconds that messages in work have to finish when the service stops; the others go back to their queue.</summary>
    [Range(1, 300)]
    public int DrainSeconds { get; set; } = 20;
}
