namespace Slipway.Inference.Engine.Settings;

/// <summary>How requests of one priority level wait.</summary>
public sealed record QueuePolicy
{
    /// <summary>Requests that may wait, from 1. One more is answered <see cref="Models.InferenceStatus.QueueFull"/>.</summary>
    public int MaxQueueSize { get; init; } = 1024;

    /// <summary>How long a request may wait; null for as long as its own time limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether a request may ask for a shorter time than <see cref="Timeout"/>.</summary>
    public bool AllowTimeoutOverride { get; init; } = true;

    /// <summary>What happens when the time is over.</summary>
    public QueueTimeoutAction TimeoutAction { get; init; } = QueueTimeoutAction.Reject;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQueueSize, 1);
        if (Timeout is { } timeout)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero, nameof(Timeout));
        }
    }

    /// <summary>The time in the queue for a request that asks for <paramref name="asked"/>.</summary>
    internal TimeSpan? TimeoutOf(TimeSpan? asked) =>
        !AllowTimeoutOverride || asked is null || asked <= TimeSpan.Zero ? Timeout
        : Timeout is { } own && own < asked ? own
        : asked;
}
