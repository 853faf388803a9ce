using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Promotions;

/// <summary>The promotion controller. Section <c>Registry:Promotions</c>.</summary>
internal sealed class PromotionOptions
{
    public const string Section = "Registry:Promotions";

    /// <summary>Time between passes over the open promotions, in seconds; events wake the controller before.</summary>
    [Range(1, 3600)]
    public int IntervalSeconds { get; set; } = 5;

    /// <summary>Time after which a promotion that waits for people is judged again, in seconds, so that it shows its gates as they are now.</summary>
    [Range(5, 86400)]
    public int ReevaluateSeconds { get; set; } = 60;

    /// <summary>The longest wait for monitoring's answer, in seconds.</summary>
    [Range(1, 60)]
    public int MonitoringTimeoutSeconds { get; set; } = 5;
}
