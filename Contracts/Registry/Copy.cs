namespace Slipway.Contracts.Registry;

/// <summary>
/// <c>POST /api/v1/copies</c>: brings a version of another registry here, files, tags and its run's numbers. The same request again answers with the same copy,
/// and takes one up again that has failed.
/// </summary>
public sealed record CopyRequest
{
    /// <summary>The other registry's address, one of <c>Registry:Copies:Sources</c>.</summary>
    public required string From { get; init; }

    /// <summary>The model there.</summary>
    public required string Model { get; init; }

    /// <summary>The version there.</summary>
    public required int Version { get; init; }

    /// <summary>The model here; null for the same name. It is created where there is none.</summary>
    public string? As { get; init; }
}

/// <summary><c>GET /api/v1/copies/{id}</c>: how far a copy has come.</summary>
public sealed record Copy
{
    /// <summary>The copy's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The other registry.</summary>
    public required string From { get; init; }

    /// <summary>The model there.</summary>
    public required string Model { get; init; }

    /// <summary>The version there.</summary>
    public required int Version { get; init; }

    /// <summary>The model here.</summary>
    public required string As { get; init; }

    /// <summary><c>pending</c>, <c>running</c>, <c>completed</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Detail { get; init; }

    /// <summary>The version here.</summary>
    public int? TargetVersion { get; init; }

    /// <summary>Files that are here.</summary>
    public int FilesDone { get; init; }

    /// <summary>Files that the version has.</summary>
    public int FilesTotal { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Tags of a version that was copied from another registry.</summary>
public static class CopyTags
{
    /// <summary>The copy.</summary>
    public const string CopyId = "slipway.copy_id";

    /// <summary>The other registry.</summary>
    public const string Registry = "slipway.source.registry";

    /// <summary>The model there.</summary>
    public const string Model = "slipway.source.model";

    /// <summary>The version there.</summary>
    public const string Version = "slipway.source.version";

    /// <summary>The run there.</summary>
    public const string RunId = "slipway.source.run_id";
}
