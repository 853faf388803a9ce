namespace Slipway.Inference.Engine.Residency;

/// <summary>How models that are opened on demand share the memory.</summary>
public sealed record ResidencySettings
{
    /// <summary>Bytes that all open models may take together.</summary>
    public required long BudgetBytes { get; init; }

    /// <summary>How long a load waits for a busy model to become idle where no idle one is left to close.</summary>
    public TimeSpan MemoryWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Models that are opened at the same time, from 1.</summary>
    public int MaxConcurrentLoads { get; init; } = 2;

    /// <summary>Requests that may wait for one model to be opened, from 1. One more is answered <see cref="Models.InferenceStatus.QueueFull"/>.</summary>
    public int MaxWaitingRequests { get; init; } = 256;

    /// <summary>How long a model that could not be opened is left alone; it doubles up to <see cref="MaxRetryDelay"/>.</summary>
    public TimeSpan MinRetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest time between two attempts.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromMinutes(5);
}
