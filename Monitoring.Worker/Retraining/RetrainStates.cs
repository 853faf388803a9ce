namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>How far a retrain request has come.</summary>
internal static class RetrainStates
{
    /// <summary>Written, and not known to be published.</summary>
    public const string Pending = "pending";

    /// <summary>Published; training has not been seen to know it.</summary>
    public const string Published = "published";

    /// <summary>Training has the job, and it has not ended.</summary>
    public const string Known = "known";

    /// <summary>Nothing more to do: the job ended, or nobody can be asked about it.</summary>
    public const string Ended = "ended";
}
