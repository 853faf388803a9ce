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
}
