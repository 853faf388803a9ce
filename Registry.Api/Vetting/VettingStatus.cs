namespace Slipway.Registry.Api.Vetting;

/// <summary>How far the vetting of a version has come.</summary>
internal static class VettingStatus
{
    public const string Pending = "pending";
    public const string Passed = "passed";
    public const string Failed = "failed";
}
