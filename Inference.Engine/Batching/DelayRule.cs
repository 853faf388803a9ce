namespace Slipway.Inference.Engine.Batching;

/// <summary>
/// When the requests of a lane stop waiting for others, in timestamps. A pure function of one moment's numbers: the configured delay counts from the first request's
/// arrival; the adaptive one from when a run was there for it, and ends early when nobody comes any more.
/// </summary>
internal readonly record struct DelayRule
{
    /// <summary>The configured delay.</summary>
    public required long MaxDelay { get; init; }

    /// <summary>The longest delay that the measured cost is worth; 0 for none.</summary>
    public required long AdaptiveDelay { get; init; }

    /// <summary>How long after the last arrival another is still hoped for.</summary>
    public required long Gap { get; init; }

    /// <summary>Rows that can be hoped for; with them there is no adaptive delay.</summary>
    public required int HopedForRows { get; init; }

    /// <summary>Since when a run is free.</summary>
    public required long FreeSince { get; init; }

    /// <summary>Rows that make a batch full.</summary>
    public required int FullRows { get; init; }

    /// <summary>Sizes that run at once.</summary>
    public required IReadOnlyList<int> PreferredSizes { get; init; }

    /// <summary>The moment from which the lane may run; <see cref="long.MinValue"/> for at once.</summary>
    public long DueAt(RequestLane lane)
    {
        var head = lane.Head;
        if (!lane.Joins || lane.Rows >= FullRows || IsPreferred(lane))
        {
            return long.MinValue;
        }

        // Half of the caller's own time at most: the other half is for the run.
        var limit = head.TimeLimit / 2;
        var due = head.QueuedAt + Math.Min(MaxDelay, limit);
        if (AdaptiveDelay > 0 && lane.Rows < HopedForRows)
        {
            var since = Math.Max(head.QueuedAt, FreeSince);
            var adaptive = Math.Min(since + AdaptiveDelay, Math.Max(since, lane.LastArrival) + Gap);
            due = Math.Max(due, Math.Min(adaptive, head.QueuedAt + limit));
        }

        return due;
    }

    private bool IsPreferred(RequestLane lane)
    {
        foreach (var size in PreferredSizes)
        {
            if (lane.Rows == size)
            {
                return true;
            }
        }

        return false;
    }
}
