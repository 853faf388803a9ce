namespace Slipway.Contracts.Inference;

/// <summary><c>GET /api/v1/served</c> of an inference replica: what it serves now.</summary>
public sealed record ServedModels
{
    /// <summary>The serving state's revision that is fully loaded.</summary>
    public required long Revision { get; init; }

    /// <summary>Endpoints and their routes.</summary>
    public required IReadOnlyList<Serving.ServedEndpoint> Endpoints { get; init; }

    /// <summary>Loaded versions.</summary>
    public required IReadOnlyList<LoadedVersion> Models { get; init; }

    /// <summary>State of the prediction log; null for a replica that serves folders of models and keeps none.</summary>
    public PredictionLogStatus? PredictionLog { get; init; }
}

/// <summary>One loaded (or failed) version: state <c>ready</c>, <c>loading</c> or <c>failed</c>.</summary>
public sealed record LoadedVersion(string Model, int Version, string Digest, string State, string? Reason, string Provider, long Requests);

/// <summary>Counters of the prediction log since the process started, and what waits on disk.</summary>
public sealed record PredictionLogStatus(long Written, long Published, long Dropped, long PendingBytes);
