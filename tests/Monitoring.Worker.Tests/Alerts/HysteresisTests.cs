using Slipway.Monitoring.Worker.Alerts;

namespace Slipway.Monitoring.Worker.Tests.Alerts;

public sealed class HysteresisTests
{
    // b bad, g good, ? no verdict; the result has o where the alert is open after that window.
    [Theory]
    [InlineData(2, 2, "gggg", "....")]
    [InlineData(2, 2, "bgbg", "....")]
    [InlineData(2, 2, "bb", ".o")]
    [InlineData(2, 2, "b?b", "..o")]
    [InlineData(2, 2, "bg?b", "....")]
    [InlineData(2, 2, "bbgbg", ".oooo")]
    [InlineData(2, 2, "bbgg", ".oo.")]
    [InlineData(2, 2, "bbg?g", ".ooo.")]
    [InlineData(2, 2, "bbggbb", ".oo..o")]
    [InlineData(1, 1, "bgbg", "o.o.")]
    [InlineData(3, 1, "bbgbbbg", ".....o.")]
    [InlineData(1, 3, "bggbggg", "oooooo.")]
    [InlineData(2, 2, "????", "....")]
    public void Next_WindowByWindow_OpensAndCloses(int raiseAfter, int clearAfter, string windows, string open)
    {
        var state = HysteresisState.Closed;
        var seen = "";
        foreach (var window in windows)
        {
            state = Hysteresis.Next(state, Verdict(window), raiseAfter, clearAfter);
            seen += state.IsOpen ? 'o' : '.';
        }
        Assert.Equal(open, seen);
    }

    [Fact]
    public void Follow_ClearedAndRaisedAgain_NamesFirstClearAndLastRaise()
    {
        string[] windows = ["b1", "b2", "g3", "g4", "b5", "b6", "b7"];
        var trace = Hysteresis.Follow(HysteresisState.Open, windows, w => Verdict(w[0]), 2, 2);
        Assert.True(trace.State.IsOpen);
        Assert.Equal("g4", trace.FirstCleared);
        Assert.Equal("b6", trace.LastRaised);
    }

    private static bool? Verdict(char window) =>
        window switch
        {
            'b' => true,
            'g' => false,
            _ => null,
        };
}
