namespace Aspire.Hosting.State;

/// <summary>The words for what a resource is doing; Aspire's.</summary>
internal static class ResourceStates
{
    public const string NotStarted = "NotStarted";
    public const string Waiting = "Waiting";
    public const string Starting = "Starting";
    public const string Running = "Running";
    public const string Stopping = "Stopping";

    /// <summary>Ended by itself; it is started again after a pause unless it was a job that succeeded.</summary>
    public const string Exited = "Exited";

    /// <summary>Ended as it should.</summary>
    public const string Finished = "Finished";
    public const string FailedToStart = "FailedToStart";
}
