namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>What an alert is about, and the two states it can be in.</summary>
internal static class AlertKinds
{
    public const string Accuracy = "accuracy";

    public const string Drift = "drift";

    public const string Open = "open";

    public const string Cleared = "cleared";
}
