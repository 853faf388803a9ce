namespace Slipway.Monitoring.Worker.Storage;

/// <summary>Numbers of the advisory locks taken in the monitoring database; a database of its own, so they meet nobody else's.</summary>
internal static class AdvisoryLocks
{
    /// <summary>Held while migrating.</summary>
    public const long Migration = 1;

    /// <summary>
    /// Predictions take it shared, outcomes and changes of a monitor exclusively, each for its transaction: a prediction and its outcome that
    /// arrive at once see each other, and a window is always cut by one width.
    /// </summary>
    public const long Join = 2;

    /// <summary>First key of the pair (class, hash of the endpoint) under which one worker at a time recomputes an endpoint's windows.</summary>
    public const int EndpointClass = 3;

    /// <summary>Held by the one worker that deletes what is too old.</summary>
    public const long Retention = 4;
}
