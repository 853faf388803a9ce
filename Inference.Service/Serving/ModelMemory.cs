using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Slipway.Inference.Engine.Residency;

namespace Slipway.Inference.Service.Serving;

/// <summary>The memory that models share, where a budget is set.</summary>
internal sealed class ModelMemory : IDisposable
{
    private readonly ConcurrentDictionary<string, bool> _pinned = new(StringComparer.Ordinal);

    public ModelMemory(
        IOptions<ModelMemoryOptions> options,
        IOptions<ServingOptions> serving,
        TimeProvider time,
        ResidencyMetrics metrics,
        ILoggerFactory loggers
    )
    {
        foreach (var model in options.Value.PinnedModels)
        {
            Pin(model);
        }
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
    public bool IsPinned(string model) => _pinned.ContainsKey(model);

    /// <summary>Keeps a model open from its next loading on.</summary>
    public void Pin(string model) => _pinned[model] = true;

    /// <summary>Ends that for the loadings after this.</summary>
    public void Unpin(string model) => _pinned.TryRemove(model, out _);

    public void Dispose() => Residency?.Dispose();
}
