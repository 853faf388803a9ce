namespace Slipway.Monitoring.Worker.Alerts;

/// <summary>The state machine of an alert, as a pure function: some bad windows in a row raise it, some good ones in a row clear it.</summary>
internal static class Hysteresis
{
    /// <summary>The state after one more window; a window without verdict (null) neither counts nor breaks a row.</summary>
    public static HysteresisState Next(HysteresisState state, bool? bad, int raiseAfter, int clearAfter)
    {
        if (bad is null)
        {
            return state;
        }
        if (bad == state.IsOpen)
        {
            return state with { Run = 0 };
        }
        var run = state.Run + 1;
        return run >= (state.IsOpen ? clearAfter : raiseAfter) ? new HysteresisState(!state.IsOpen, 0) : state with { Run = run };
    }

    /// <summary>Follows windows in time order from <paramref name="start"/>; gives the final state and where it last turned on and first turned off.</summary>
    public static HysteresisTrace<T> Follow<T>(
        HysteresisState start,
        IEnumerable<T> windows,
        Func<T, bool?> verdict,
        int raiseAfter,
        int clearAfter
    )
        where T : class
    {
        var state = start;
        T? raised = null;
        T? cleared = null;
        foreach (var window in windows)
        {
            var next = Next(state, verdict(window), raiseAfter, clearAfter);
            if (next.IsOpen && !state.IsOpen)
            {
                raised = window;
            }
            else if (state.IsOpen && !next.IsOpen)
            {
                cleared ??= window;
            }
            state = next;
        }
        return new HysteresisTrace<T>(state, raised, cleared);
    }
}
