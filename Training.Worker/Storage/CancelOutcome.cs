namespace Slipway.Training.Worker.Storage;

/// <summary>What came of a request to cancel.</summary>
internal enum CancelOutcome
{
    /// <summary>It is cancelled, or its owner has been told to stop; also when it had been before.</summary>
    Accepted,
    NotFound,

    /// <summary>It succeeded or failed before.</summary>
    AlreadyEnded,

    /// <summary>Its model is being registered: too late to stop without leaving half of it behind.</summary>
    Registering,
}
