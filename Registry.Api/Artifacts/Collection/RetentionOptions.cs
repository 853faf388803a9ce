using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Artifacts.Collection;

/// <summary>What is deleted for good, and when. Section <c>Registry:Retention</c>.</summary>
internal sealed class RetentionOptions
{
    public const string Section = "Registry:Retention";

    /// <summary>
    /// Days after which a deleted run or experiment, which could be restored until then, is removed with its artifacts; 0 keeps them for ever. A run that a
    /// registered version came from always stays.
    /// </summary>
    [Range(0, 36_500)]
    public int DeletedDays { get; set; } = 30;

    /// <summary>Hours for which bytes stay that nothing refers to any more.</summary>
    [Range(1, 24 * 365)]
    public int BlobGraceHours { get; set; } = 24;

    /// <summary>Minutes between two passes.</summary>
    [Range(1, 24 * 60)]
    public int IntervalMinutes { get; set; } = 60;
}
