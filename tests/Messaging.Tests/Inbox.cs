using System.Collections.Concurrent;

namespace Slipway.Messaging.Tests;

/// <summary>What the consumers of a host received, and how they shall fail.</summary>
public sealed class Inbox
{
    private int _attempts;

    internal ConcurrentQueue<object> Received { get; } = new();

    internal ConcurrentQueue<string?> TraceIds { get; } = new();

    internal int Attempts => Volatile.Read(ref _attempts);

    /// <summary>Given the number of the attempt, from 1: the exception to throw, or null.</summary>
    internal Func<int, Exception?> Failure { get; set; } = _ => null;

    internal void Add(object message)
    {
        if (Failure(Interlocked.Increment(ref _attempts)) is { } failure)
        {
            throw failure;
        }

        TraceIds.Enqueue(System.Diagnostics.Activity.Current?.TraceId.ToString());
        Received.Enqueue(message);
    }
}
