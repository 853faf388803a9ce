namespace Slipway.Inference.Engine.Settings;

/// <summary>
/// How one model is queued, joined and run: immutable, filled from the registry's tags or from a Triton <c>config.pbtxt</c>. The defaults are those of a model that
/// nobody has configured.
/// </summary>
public sealed record ModelSettings
{
    /// <summary>How requests are joined into one run.</summary>
    public BatchingSettings Batching { get; init; } = new();

    /// <summary>How requests wait, by default and for levels without a policy of their own.</summary>
    public QueuePolicy Queue { get; init; } = new();

    /// <summary>Policies of single priority levels, by level.</summary>
    public IReadOnlyDictionary<int, QueuePolicy> LevelQueues { get; init; } = new Dictionary<int, QueuePolicy>();

    /// <summary>Priority levels, from 1; level 1 goes first. A request's priority beyond the last level counts as the last.</summary>
    public int PriorityLevels { get; init; } = 1;

    /// <summary>The level of a request that names none (0); 0 for the middle one.</summary>
    public int DefaultPriority { get; init; }

    /// <summary>Runs of the model that may be under way at the same time (Triton: instances), from 1; 0 for one per processor.</summary>
    public int ConcurrentRuns { get; init; }

    /// <summary>Requests that may wait or run at the same time, over all levels; 0 for no bound but those of the queues.</summary>
    public int MaxConcurrentRequests { get; init; }

    /// <summary>Bytes of answers kept for equal requests; 0 keeps none.</summary>
    public long ResponseCacheBytes { get; init; }

    /// <summary>The state that the model keeps between the requests of a sequence; null for a model without.</summary>
    public SequenceSettings? Sequence { get; init; }

    /// <summary>Whether a short run may take place on the caller's thread or the timer's; tests that hold a run turn it off.</summary>
    internal bool RunsOnCallersThread { get; init; } = true;

    internal int EffectiveConcurrentRuns => ConcurrentRuns > 0 ? ConcurrentRuns : Environment.ProcessorCount;

    internal int EffectiveDefaultPriority => DefaultPriority > 0 ? DefaultPriority : (PriorityLevels + 1) / 2;

    internal QueuePolicy PolicyOf(int level) => LevelQueues.GetValueOrDefault(level) ?? Queue;

    /// <summary>Throws an <see cref="ArgumentException"/> that names the setting which makes no sense.</summary>
    public void Validate()
    {
        Batching.Validate();
        Queue.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(PriorityLevels, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(DefaultPriority);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DefaultPriority, PriorityLevels);
        ArgumentOutOfRangeException.ThrowIfNegative(ConcurrentRuns);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxConcurrentRequests);
        ArgumentOutOfRangeException.ThrowIfNegative(ResponseCacheBytes);
        foreach (var (level, policy) in LevelQueues)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(level, 1, nameof(LevelQueues));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(level, PriorityLevels, nameof(LevelQueues));
            policy.Validate();
        }

        Sequence?.Validate();
        if (Sequence is not null && ResponseCacheBytes > 0)
        {
            throw new ArgumentException(
                "A model that keeps state between requests cannot have a response cache.",
                nameof(ResponseCacheBytes)
            );
        }
    }
}
