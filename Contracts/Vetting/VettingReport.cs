namespace Slipway.Contracts.Vetting;

/// <summary>What the examination of a model version found; written by the vetting process, stored and shown by the registry.</summary>
public sealed record VettingReport
{
    /// <summary><c>passed</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What forbids serving, empty when passed.</summary>
    public IReadOnlyList<VettingProblem> Problems { get; set; } = [];

    /// <summary>What is worth knowing but forbids nothing.</summary>
    public IReadOnlyList<string> Warnings { get; set; } = [];

    /// <summary>ONNX IR version.</summary>
    public long IrVersion { get; init; }

    /// <summary>The program that wrote the model.</summary>
    public string? Producer { get; init; }

    /// <summary>Operator sets the model imports.</summary>
    public IReadOnlyList<VettedOpset> Opsets { get; set; } = [];

    /// <summary>Operators by domain and name, with how often each occurs.</summary>
    public IReadOnlyList<VettedOperator> Operators { get; set; } = [];

    /// <summary>Number of parameters in initializers.</summary>
    public long ParameterCount { get; init; }

    /// <summary>Size of all files, in bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Inputs of the graph.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; set; } = [];

    /// <summary>Outputs of the graph.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; set; } = [];

    /// <summary>External data files, relative to the model file.</summary>
    public IReadOnlyList<string> ExternalFiles { get; set; } = [];

    /// <summary>Median time of a run on the example, in milliseconds.</summary>
    public double? LatencyMsP50 { get; init; }

    /// <summary>99th percentile of the time of a run on the example, in milliseconds.</summary>
    public double? LatencyMsP99 { get; init; }

    /// <summary>How many runs the latencies were measured over.</summary>
    public int? LatencyRuns { get; init; }

    /// <summary>What the model was run on: <c>example</c>, or <c>zeros</c> where there is none.</summary>
    public string? RunOn { get; init; }

    /// <summary>Peak resident memory of the vetting process, in bytes.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>Version of ONNX Runtime that examined the model.</summary>
    public string? RuntimeVersion { get; init; }

    /// <summary>Execution provider that was used.</summary>
    public string? Provider { get; init; }

    /// <summary>Execution providers that the runtime of the examination has.</summary>
    public IReadOnlyList<string> AvailableProviders { get; set; } = [];

    /// <summary>The ONNX file that was examined, relative to the version's folder.</summary>
    public string? ModelFile { get; init; }

    /// <summary>The version's files with their digests; at most 1000.</summary>
    public IReadOnlyList<VettedFile> Files { get; set; } = [];

    /// <summary>What the folder says of itself; null where it has no <c>MLmodel</c> file.</summary>
    public ModelDescription? Description { get; init; }
}

/// <summary>A finding that forbids serving: a stable code and a text for people.</summary>
public sealed record VettingProblem(string Code, string Message);

/// <summary>A file of the version; <c>Unsafe</c> says what makes it run code when it is loaded, and is null where nothing does.</summary>
public sealed record VettedFile(string Path, long SizeBytes, string Sha256, string? Unsafe = null);

/// <summary>An operator set import.</summary>
public sealed record VettedOpset(string Domain, long Version);

/// <summary>An operator and how often the graph uses it.</summary>
public sealed record VettedOperator(string Domain, string Name, int Count);

/// <summary>A tensor of a model's signature: Open Inference Protocol datatype, shape with -1 for a variable dimension.</summary>
public sealed record TensorSpec(string Name, string Datatype, IReadOnlyList<long> Shape);
