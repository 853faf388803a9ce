namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>Where the hysteresis stands: whether the alert is on, and how many windows in a row spoke against that.</summary>
internal readonly record struct HysteresisState(bool IsOpen, int Run)
{
    public static HysteresisState Closed { get; } = new(false, 0);

    public static HysteresisState Open { get; } = new(true, 0);
}
