namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a waiting resource waits for.</summary>
public enum WaitType
{
    /// <summary>The other resource is running, and healthy where it has health checks.</summary>
    WaitUntilHealthy = 0,

    /// <summary>The other resource has ended with a given exit code.</summary>
    WaitForCompletion = 1,

    /// <summary>The other resource is running.</summary>
    WaitUntilStarted = 2,
}
