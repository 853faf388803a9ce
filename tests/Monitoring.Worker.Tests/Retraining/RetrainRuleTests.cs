using Slipway.Monitoring.Worker.Retraining;
using Slipway.Monitoring.Worker.Storage;

namespace Slipway.Monitoring.Worker.Tests.Retraining;

public sealed class RetrainRuleTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Hours: windows of one hour, a cool-down of two.
    [Theory]
    [InlineData(null, null, 5, 5, true, true)] // the first request
    [InlineData(null, null, 5, 5, false, false)] // replaced already
    [InlineData(null, null, 5, -1, true, false)] // doing well again
    [InlineData("pending", 5, 9, 9, true, false)] // not published yet
    [InlineData("published", 5, 9, 9, true, false)] // queued somewhere
    [InlineData("known", 5, 9, 9, true, false)] // running
    [InlineData("ended", 5, 6, 6, true, false)] // cooling down
    [InlineData("ended", 5, 7, 7, true, true)] // cooled down
    [InlineData("ended", 5, 9, 5, true, false)] // nothing new has been judged since
    public void ShouldRequest_Situation_Decides(string? state, int? requested, int closed, int bad, bool serving, bool expected)
    {
        var last = state is null ? null : Request(state, requested!.Value);
        var situation = new RetrainRule.Situation(last, Hour(closed), bad < 0 ? null : Hour(bad), serving, TimeSpan.FromHours(2));
        Assert.Equal(expected, RetrainRule.ShouldRequest(situation));
    }

    private static DateTimeOffset Hour(int hour) => s_start.AddHours(hour);

    private static RetrainRow Request(string state, int requested) =>
        new()
        {
            Id = Guid.Empty,
            AlertId = Guid.Empty,
            Endpoint = "e",
            Model = "m",
            Version = 1,
            Dataset = "d",
            AppendToPrevious = true,
            Reason = "r",
            CreatedAt = Hour(requested),
            WindowEnd = Hour(requested),
            State = state,
        };
}
