using System.ComponentModel.DataAnnotations;

namespace Slipway.Dashboard.Services;

/// <summary>Where the list of resources comes from (section <c>Resources</c>).</summary>
internal sealed class ResourceOptions
{
    public const string Section = "Resources";

    /// <summary>Base address of the resource service that AppHost runs locally; without it (in a cluster) the services' own health is shown.</summary>
    [Url]
    public string? Url { get; set; }
}
