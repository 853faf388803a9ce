namespace Slipway.Dashboard.Services;

/// <summary>What the form of a promotion sends.</summary>
internal sealed class PromotionForm
{
    public string? By { get; set; }
    public string? Comment { get; set; }
    public string? Verb { get; set; }
}
