using Slipway.Training.Worker.Data;

namespace Slipway.Training.Worker.Runner;

/// <summary>What the child process is to train: the JSON file that <c>run --spec</c> names.</summary>
internal sealed record TrainingSpec
{
    /// <summary>Local CSV files, read one after the other.</summary>
    public required IReadOnlyList<string> Datasets { get; init; }

    public required string Target { get; init; }

    /// <summary><c>gbdt</c> or <c>linear</c>.</summary>
    public required string Trainer { get; init; }

    /// <summary><c>regression</c>, <c>classification</c>, or <c>auto</c> and null to decide from the target.</summary>
    public string? Task { get; init; }

    // Members with a default are set and not init: the generated reader would overwrite the default with null.
    public IReadOnlyDictionary<string, string> Parameters { get; set; } = new Dictionary<string, string>();

    /// <summary>Where the folder <c>model</c> is written.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>The <c>model.onnx</c> now in production, to be measured on the same holdout.</summary>
    public string? IncumbentModelPath { get; init; }

    public required string ModelName { get; init; }

    public required string RunId { get; init; }

    public CsvLimits? Limits { get; init; }
}
