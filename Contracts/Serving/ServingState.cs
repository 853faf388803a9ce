using Slipway.Contracts.Vetting;

namespace Slipway.Contracts.Serving;

/// <summary>
/// Everything an inference replica has to serve, as the registry wants it now: <c>GET /api/v1/serving-state</c>, with an ETag that is the quoted
/// <see cref="Revision"/>; <c>?waitSeconds=N</c> (0 to 30) with <c>If-None-Match</c> waits for a change and answers 304 when none comes.
/// </summary>
public sealed record ServingState
{
    /// <summary>Rises with every change; never reused.</summary>
    public required long Revision { get; init; }

    /// <summary>Endpoints by name.</summary>
    public required IReadOnlyList<ServedEndpoint> Endpoints { get; init; }

    /// <summary>Every model version that an endpoint routes to or that an environment alias names; only vetted ones.</summary>
    public required IReadOnlyList<ServedModelVersion> Models { get; init; }
}

/// <summary>An endpoint with its routes resolved to versions.</summary>
public sealed record ServedEndpoint
{
    /// <summary>The endpoint's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where requests go; weights are positive and need not sum to 100.</summary>
    public required IReadOnlyList<ServedRoute> Routes { get; init; }

    /// <summary>Whether answered requests are written to the prediction log.</summary>
    public bool LogPredictions { get; set; } = true;
}

/// <summary>One weighted route of an endpoint.</summary>
public sealed record ServedRoute(string Model, int Version, double Weight);

/// <summary>A version to load, with its files by content address.</summary>
public sealed record ServedModelVersion
{
    /// <summary>The tag of a model version that becomes its <see cref="Configuration"/>.</summary>
    public const string ConfigurationTag = "slipway.config";

    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version number.</summary>
    public required int Version { get; init; }

    /// <summary>SHA-256 (lower-case hex) over the sorted list of file paths and digests: equal digests mean equal models.</summary>
    public required string Digest { get; init; }

    /// <summary>The file to open, relative to the model folder (<c>model.onnx</c>).</summary>
    public required string ModelFile { get; init; }

    /// <summary>All files that the model needs.</summary>
    public required IReadOnlyList<ServedFile> Files { get; init; }

    /// <summary>Environment and other aliases that name this version; a call by model name alone goes to <c>production</c>, else to the highest version.</summary>
    public IReadOnlyList<string> Aliases { get; set; } = [];

    /// <summary>Inputs as vetted.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; set; } = [];

    /// <summary>Outputs as vetted.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; set; } = [];

    /// <summary>
    /// How to queue, join and run it: a Triton <c>ModelConfig</c> in JSON or in the text form of <c>config.pbtxt</c>, from the version's tag
    /// <see cref="ConfigurationTag"/> or from a repository; null for the service's defaults. The registry passes on the tag as it was written and checks only that
    /// JSON is an object: a replica that cannot read it reports a load problem and goes on serving what it served.
    /// </summary>
    public string? Configuration { get; set; }
}

/// <summary>A file of a model: path relative to the model folder, SHA-256, size, and where to get it: <c>GET /api/v1/blobs/{sha256}</c>.</summary>
public sealed record ServedFile(string Path, string Sha256, long SizeBytes);
