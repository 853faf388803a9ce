namespace Slipway.Inference.Service.Serving;

/// <summary>Why a version is not loaded, and when it is tried again. A lasting failure lies in the bytes; another attempt will most likely end the same way.</summary>
internal sealed record LoadFailure(string Reason, bool IsLasting, int Attempts, long FailedAt, TimeSpan RetryDelay)
{
    /// <summary>Whether there was no memory for it.</summary>
    public bool IsOutOfMemory { get; init; }

    /// <summary>How long until the next attempt, by the monotonic clock: setting the wall clock must not put it off.</summary>
    public TimeSpan UntilRetry(TimeProvider time) => RetryDelay - time.GetElapsedTime(FailedAt);
}
