using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>Decides, as a pure function, whether an open accuracy alert asks for a training job now.</summary>
internal static class RetrainRule
{
    /// <summary>What the decision looks at.</summary>
    /// <param name="LastRequest">The endpoint's last request, of whatever version.</param>
    /// <param name="LastClosedEnd">End of the endpoint's last closed window.</param>
    /// <param name="LastBadEnd">End of the last closed window of the alert's version that was judged, if it was bad.</param>
    /// <param name="IsServing">Whether the version had traffic in the endpoint's last closed window.</param>
    /// <param name="Cooldown">The time that must pass between two requests.</param>
    internal sealed record Situation(
        RetrainRow? LastRequest,
        DateTimeOffset LastClosedEnd,
        DateTimeOffset? LastBadEnd,
        bool IsServing,
        TimeSpan Cooldown
    );

    public static bool ShouldRequest(Situation now)
    {
        // A version that was just replaced, or that does well again, needs no successor although its alert is still open.
        if (!now.IsServing || now.LastBadEnd is not { } badEnd)
        {
            return false;
        }
        if (now.LastRequest is not { } last)
        {
            return true;
        }
        if (last.State != RetrainStates.Ended || badEnd <= last.WindowEnd)
        {
            return false;
        }
        // From the request on, in event time: a new version needs bad windows of its own before its alert opens, so it has had its chance by then.
        return now.LastClosedEnd - last.WindowEnd >= now.Cooldown;
    }
}
