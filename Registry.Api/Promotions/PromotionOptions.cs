using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Promotions;

/// <summary>The promotion controller. Section <c>Registry:Promotions</c>.</summary>
internal sealed class PromotionOptions
{
    public const string Section = "Registry:Promotions";

    /// <summary>Time between passes over the waiting promotions, in seconds; events wake the controller before.</summary>
    [Range(1, 3600)]
    public int IntervalSeconds { get; set; } = 5;
}
