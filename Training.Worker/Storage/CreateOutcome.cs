namespace Slipway.Training.Worker.Storage;

/// <summary>What came of adding a job.</summary>
internal enum CreateOutcome
{
    Created,

    /// <summary>A job of this id was there already; nothing was changed.</summary>
    AlreadyThere,

    /// <summary>The queue holds as many jobs as it may.</summary>
    QueueFull,
}
