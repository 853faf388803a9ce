namespace Slipway.Inference.Engine.Models;

/// <summary>How a model is opened.</summary>
public sealed record ModelSessionOptions
{
    /// <summary>
    /// Execution providers in order of preference: <c>tensorrt</c>, <c>cuda</c>, <c>cpu</c>. The CPU provider is always there at the end; a provider that cannot be
    /// had is left out with one log line and a count, unless <see cref="RequireGpu"/> is set.
    /// </summary>
    public IReadOnlyList<string> Providers { get; init; } = [ProviderNames.Cpu];

    /// <summary>Refuse to open the model when none of the GPU providers asked for can be had.</summary>
    public bool RequireGpu { get; init; }

    /// <summary>The GPU to use, from 0.</summary>
    public int GpuDevice { get; init; }

    /// <summary>Limit of the GPU memory arena of this model, in bytes; 0 for none.</summary>
    public long GpuMemoryLimitBytes { get; init; }

    /// <summary>Further options of the CUDA provider, by the runtime's names (<see cref="ProviderSettings"/>).</summary>
    public IReadOnlyDictionary<string, string> Cuda { get; init; } = new Dictionary<string, string>();

    /// <summary>Further options of the TensorRT provider, by the runtime's names (<see cref="ProviderSettings"/>).</summary>
    public IReadOnlyDictionary<string, string> TensorRt { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Threads of one run. 0 for one, its caller's, which gives the most rows a second where callers are many; a model whose warm-up takes long uses one pool of as many
    /// threads as the process has processors, which all such models share. More than 0 for a pool of the model's own.
    /// </summary>
    public int IntraOpThreads { get; init; }
}
