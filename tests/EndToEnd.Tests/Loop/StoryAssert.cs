using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.EndToEnd.Tests.Running;

namespace Slipway.EndToEnd.Tests.Loop;

/// <summary>Reads the numbers of the story and holds them against each other.</summary>
internal static partial class StoryAssert
{
    /// <summary>The loop closed by itself: drift and error were found, a better version took over, the error fell, and nothing was lost.</summary>
    public static void LoopClosed(CommandResult story)
    {
        Assert.True(story.ExitCode == 0, $"The quickstart ended with {story.ExitCode}.\n{story.Output}\n{story.Error}");
        Assert.Matches(@"Drift found in the week of\s+2011-0[67]-\d\d", story.Output);
        var before = Number(story, "Error before retraining");
        var after = Number(story, "Error after retraining");
        Assert.True(after < before, $"The error did not fall: {before} before, {after} after.\n{story.Output}");
        var rows = SameRows().Match(story.Output);
        Assert.True(rows.Success, story.Output);
        Assert.True(Parse(rows.Groups[2].Value) < Parse(rows.Groups[1].Value), story.Output);
        NothingLost(story);
    }

    /// <summary>Every answered prediction and every acknowledged outcome is in the monitor, once.</summary>
    public static void NothingLost(CommandResult story)
    {
        // July to September 2011 has 2,192 hours in the data.
        Assert.Matches(@"Predictions answered, stored\s+2,192 and 2,192", story.Output);
        Assert.Matches(@"Outcomes acknowledged, joined\s+2,192 and 2,192", story.Output);
        Assert.Matches(@"Monitor's and caller's error\s+agree", story.Output);
    }

    private static double Number(CommandResult story, string title)
    {
        var match = Regex.Match(story.Output, Regex.Escape(title) + @"\s+([\d.]+)");
        Assert.True(match.Success, $"'{title}' has no number.\n{story.Output}");
        return Parse(match.Groups[1].Value);
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"On the same rows, old and new\s+([\d.]+) and ([\d.]+)")]
    private static partial Regex SameRows();
}
