using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>An S3 service that keeps the blobs. Section <c>Registry:Artifacts:S3</c>.</summary>
internal sealed class S3Options
{
    /// <summary>The bucket, which must exist; blobs are on the local disk while it is not set.</summary>
    public string? Bucket { get; set; }

    /// <summary>What the keys of all objects begin with, ending in a slash; empty for none.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The address of a service that is not Amazon's, e.g. <c>http://minio:9000</c>. Buckets are then named in the path.</summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>The region.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>The access key; where it is not set, that of the environment, the shared profile or the machine's role is used.</summary>
    public string? AccessKey { get; set; }

    /// <summary>The secret key.</summary>
    public string? SecretKey { get; set; }

    /// <summary>
    /// Larger bodies are sent in parts of this size, in bytes, two of which are held in memory for each upload. S3 allows 10,000 parts of at least 5 MiB.
    /// </summary>
    [Range(5 << 20, 512 << 20)]
    public int PartBytes { get; set; } = 8 << 20;
}
