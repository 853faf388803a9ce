namespace Slipway.Training.Worker.Storage;

/// <summary>The states of a job, as the API and the table spell them.</summary>
internal static class JobStatus
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    public static IReadOnlyList<string> All { get; } = [Queued, Running, Succeeded, Failed, Cancelled];

    public static bool IsEnded(string status) => status is Succeeded or Failed or Cancelled;
}
