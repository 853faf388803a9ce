namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>The end of following windows: the state, the window that last raised, and the one that first cleared.</summary>
internal sealed record HysteresisTrace<T>(HysteresisState State, T? LastRaised, T? FirstCleared)
    where T : class;
