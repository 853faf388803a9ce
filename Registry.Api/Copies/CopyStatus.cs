namespace Slipway.Registry.Api.Copies;

/// <summary>The states of a copy.</summary>
internal static class CopyStatus
{
    public const string Pending = "pending";
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
}
