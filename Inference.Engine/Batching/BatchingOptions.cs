namespace Slipway.Inference.Engine.Batching;

/// <summary>How requests to one model are queued and joined.</summary>
public sealed class BatchingOptions
{
    /// <summary>Largest number of rows in one run, from 1 (never join). A single request with more rows runs alone.</summary>
    public int MaxBatchSize { get; init; } = 32;

    /// <summary>How long the first request of a batch waits for others. Zero joins what is already there and never waits.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Requests that may wait, from 1. One more is answered <see cref="Models.InferenceStatus.QueueFull"/>.</summary>
    public int QueueCapacity { get; init; } = 1024;

    /// <summary>Runs of the model that may be under way at the same time, from 1; 0 for one per processor.</summary>
    public int ConcurrentRuns { get; init; }

    internal int EffectiveConcurrentRuns => ConcurrentRuns > 0 ? ConcurrentRuns : Environment.ProcessorCount;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ConcurrentRuns);
    }
}
