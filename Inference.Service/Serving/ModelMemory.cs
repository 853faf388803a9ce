using Microsoft.Extensions.Options;
using Slipway.Inference.Engine.Residency;

namespace Slipway.Inference.Service.Serving;

/// <summary>The memory that models share, where a budget is set.</summary>
internal sealed class ModelMemory : IDisposable
{
    private readonly HashSet<string> _pinned;

    public ModelMemory(
        IOptions<ModelMemoryOptions> options,
        IOptions<ServingOptions> serving,
        TimeProvider time,
        ResidencyMetrics metrics,
        ILoggerFactory loggers
    )
    {
        _pinned = options.Value.PinnedModels.ToHashSet(StringComparer.Ordinal);
        Residency =
            options.Value.BudgetBytes > 0
                ? new ModelResidency(
                    options.Value.ToSettings(serving.Value),
                    time,
                    metrics,
                    loggers.CreateLogger("Slipway.Inference.Engine")
                )
                : null;
    }

    /// <summary>Who opens and closes models by need; null where all that is wanted stays open.</summary>
    public ModelResidency? Residency { get; }

    /// <summary>Whether a model stays open once it is.</summary>
    public bool IsPinned(string model) => _pinned.Contains(model);

    public void Dispose() => Residency?.Dispose();
}
