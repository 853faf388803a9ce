using System.ComponentModel.DataAnnotations;
using Slipway.Inference.Engine.Residency;

namespace Slipway.Inference.Service.Serving;

/// <summary>
/// How many models share the memory of one process; configuration section <c>Inference:Memory</c>. With a budget, models are loaded by their first request, and those that
/// were not used for longest are closed for others; without one, all that is wanted is loaded and stays.
/// </summary>
internal sealed class ModelMemoryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:Memory";

    /// <summary>Bytes that all loaded models may take together; 0 for no limit, and everything loaded at once.</summary>
    [Range(0, long.MaxValue, ErrorMessage = Section + ":BudgetBytes must not be negative.")]
    public long BudgetBytes { get; set; }

    /// <summary>Models that are loaded at start and never closed, by name.</summary>
    public IList<string> PinnedModels { get; set; } = [];

    /// <summary>Models that are loaded at the same time.</summary>
    [Range(1, 64, ErrorMessage = Section + ":MaxConcurrentLoads must be between 1 and 64.")]
    public int MaxConcurrentLoads { get; set; } = 2;

    /// <summary>Requests that may wait for one model to be loaded; one more is answered 429.</summary>
    [Range(1, 100_000, ErrorMessage = Section + ":MaxWaitingRequests must be between 1 and 100000.")]
    public int MaxWaitingRequests { get; set; } = 256;

    /// <summary>How long a load waits for a busy model to become idle before its requests are answered 503.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = Section + ":MemoryWait must be between 0 and 10 minutes.")]
    public TimeSpan MemoryWait { get; set; } = TimeSpan.FromSeconds(5);

    internal ResidencySettings ToSettings(ServingOptions serving) =>
        new()
        {
            BudgetBytes = BudgetBytes,
            MaxConcurrentLoads = MaxConcurrentLoads,
            MaxWaitingRequests = MaxWaitingRequests,
            MemoryWait = MemoryWait,
            MinRetryDelay = serving.MinLoadRetryDelay,
            MaxRetryDelay = serving.MaxLoadRetryDelay,
        };
}
