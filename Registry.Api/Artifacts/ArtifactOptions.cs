using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>Limits of the artifact store. Section <c>Registry:Artifacts</c>.</summary>
internal sealed class ArtifactOptions
{
    public const string Section = "Registry:Artifacts";

    /// <summary>The largest file that is taken, in bytes; a larger one is refused with 413.</summary>
    [Range(1, long.MaxValue)]
    public long MaxUploadBytes { get; set; } = 5L << 30;

    /// <summary>The most files of one model version.</summary>
    [Range(1, 1_000_000)]
    public int MaxFilesPerVersion { get; set; } = 10_000;

    /// <summary>
    /// Whether an upload is forced to the disk before it is answered. Without it, a power cut may take back the last half minute of answered uploads: their
    /// digests show it, and sending the files again repairs it. A killed process loses nothing either way.
    /// </summary>
    public bool FlushToDisk { get; set; } = true;

    /// <summary>How long the addresses of a multipart upload count, in hours; what is not complete then is given up.</summary>
    [Range(1, 24 * 7)]
    public int MultipartHours { get; set; } = 24;

    /// <summary>The most multipart uploads that may be open at once; one more is refused with 429.</summary>
    [Range(1, 100_000)]
    public int MaxMultipartUploads { get; set; } = 1000;

    /// <summary>How long an address counts at which a file can be downloaded from S3, in minutes.</summary>
    [Range(1, 7 * 24 * 60)]
    public int PresignedMinutes { get; set; } = 60;

    /// <summary>The address under which clients reach the registry, for signed addresses; that of the request itself where it is not set.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>An S3 service to keep the bytes in; on the local disk where no bucket is named.</summary>
    public S3Options S3 { get; set; } = new();
}
