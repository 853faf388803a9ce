using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Serving;

/// <summary>How a loaded model was configured. Immutable.</summary>
internal sealed class ModelConfiguration(ModelConfig config, int maxRequestRows, IReadOnlyDictionary<string, IReadOnlyList<string>> labels)
{
    /// <summary>The configuration with every input and output, inferred from the graph where nobody has written one. Not to be changed.</summary>
    public ModelConfig Config { get; } = config;

    /// <summary>The most rows that one request may have; 0 where nobody has set a limit.</summary>
    public int MaxRequestRows { get; } = maxRequestRows;

    /// <summary>Whether the first dimension of each tensor counts the rows of a batch.</summary>
    public bool IsBatched => Config.MaxBatchSize > 0;

    /// <summary>The labels of an output's classes; empty for one without.</summary>
    public IReadOnlyList<string> LabelsOf(string output) => labels.GetValueOrDefault(output) ?? [];
}
