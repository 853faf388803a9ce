namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a waiting resource does when the other one ends or fails.</summary>
public enum WaitBehavior
{
    /// <summary>It goes on waiting.</summary>
    WaitOnResourceUnavailable = 0,

    /// <summary>It fails too.</summary>
    StopOnResourceUnavailable = 1,
}
