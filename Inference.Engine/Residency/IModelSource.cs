using Slipway.Inference.Engine.Serving;

namespace Slipway.Inference.Engine.Residency;

/// <summary>Where a model comes from each time that it is opened.</summary>
public interface IModelSource
{
    /// <summary>Models of equal keys share their memory: it is counted once.</summary>
    string MemoryKey { get; }

    /// <summary>Brings the model's files to this machine; returns their size in bytes.</summary>
    Task<long> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Opens the model, ready for its first request.</summary>
    Task<IModelBackend> OpenAsync(CancellationToken cancellationToken);
}
