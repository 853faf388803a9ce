namespace Slipway.Registry.Api.Promotions;

/// <summary>The verdicts of a gate.</summary>
internal static class GateStatus
{
    public const string Passed = "passed";
    public const string Failed = "failed";
    public const string Pending = "pending";
}
