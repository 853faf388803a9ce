using Slipway.Contracts.Vetting;

namespace Slipway.Contracts.Registry;

/// <summary><c>GET /api/v1/models</c>: a registered model with its versions, for pages and tools.</summary>
public sealed record ModelOverview
{
    /// <summary>The registered model.</summary>
    public required string Name { get; init; }

    /// <summary>Alias to version.</summary>
    public required IReadOnlyDictionary<string, int> Aliases { get; init; }

    /// <summary>The newest versions, newest first, at most 100.</summary>
    public required IReadOnlyList<ModelVersionOverview> Versions { get; init; }
}

/// <summary><c>GET /api/v1/models/{name}/versions/{version}</c>: a version with its vetting report and the metrics of its run.</summary>
public sealed record ModelVersionOverview
{
    /// <summary>The version number.</summary>
    public required int Version { get; init; }

    /// <summary>The run that made it.</summary>
    public string? RunId { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary><c>pending</c>, <c>passed</c> or <c>failed</c>.</summary>
    public required string VettingStatus { get; init; }

    /// <summary>The report, once there is one.</summary>
    public VettingReport? Vetting { get; init; }

    /// <summary>The last value of each of the run's metrics.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; set; } = new Dictionary<string, double>();

    /// <summary>Tags of the version.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; set; } = new Dictionary<string, string>();

    /// <summary>Files of the version; <c>GET /api/v1/blobs/{sha256}</c> has their bytes.</summary>
    public IReadOnlyList<Serving.ServedFile> Files { get; set; } = [];
}
