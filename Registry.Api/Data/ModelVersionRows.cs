namespace Slipway.Registry.Api.Data;

/// <summary>A version of a registered model, with how far its vetting has come.</summary>
internal sealed class ModelVersionRow
{
    public long ModelId { get; set; }
    public int Version { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public string Description { get; set; } = "";

    /// <summary>As the client wrote it.</summary>
    public required string Source { get; set; }

    /// <summary>The folder in the artifact store that the source stood for when it was registered.</summary>
    public required string StorageUri { get; set; }
    public string? RunId { get; set; }
    public string? LoggedModelId { get; set; }
    public string? UserId { get; set; }
    public string RunLink { get; set; } = "";
    public string Stage { get; set; } = "None";

    /// <summary>SHA-256 over the sorted list of paths and digests.</summary>
    public required string Digest { get; set; }

    /// <summary>The ONNX file to open, found by vetting.</summary>
    public string? ModelFile { get; set; }
    public string VettingStatus { get; set; } = Vetting.VettingStatus.Pending;

    /// <summary>A <see cref="Contracts.Vetting.VettingReport"/> as JSON.</summary>
    public string? VettingReport { get; set; }

    /// <summary>The fencing number: a worker's result counts only while this is still the number it was given.</summary>
    public int VettingAttempt { get; set; }
    public DateTimeOffset? VettingLeaseUntil { get; set; }
    public RegisteredModelRow? Model { get; set; }
    public List<ModelVersionTagRow> Tags { get; } = [];
    public List<VersionFileRow> Files { get; } = [];
}

internal sealed class ModelVersionTagRow
{
    public long ModelId { get; set; }
    public int Version { get; set; }
    public required string Key { get; set; }
    public required string Value { get; set; }
}

/// <summary>A file of a version, fixed when the version was registered.</summary>
internal sealed class VersionFileRow
{
    public long ModelId { get; set; }
    public int Version { get; set; }
    public required string Path { get; set; }
    public required string Sha256 { get; set; }
    public long SizeBytes { get; set; }
}
