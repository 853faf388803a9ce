namespace Slipway.Registry.Api.Promotions;

/// <summary>The states of a promotion and of its gates.</summary>
internal static class PromotionStatus
{
    public const string Pending = "pending";
    public const string Promoted = "promoted";
    public const string Rejected = "rejected";
}

/// <summary>The verdicts of a gate.</summary>
internal static class GateStatus
{
    public const string Passed = "passed";
    public const string Failed = "failed";
    public const string Pending = "pending";
}
