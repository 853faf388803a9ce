using Aspire.Hosting.State;

namespace Slipway.Hosting.Tests.State;

public class ResourceLogTests
{
    [Fact]
    public void Tail_MoreThanFit_KeepsTheLast()
    {
        var log = new ResourceLog();
        for (var i = 0; i < ResourceLog.MaxLines + 5; i++)
        {
            log.Add(new ResourceLogLine(DateTimeOffset.UnixEpoch, false, $"{i}"));
        }

        var all = log.Tail(int.MaxValue);
        Assert.Equal(ResourceLog.MaxLines, all.Count);
        Assert.Equal("5", all[0].Text);
        Assert.Equal([$"{ResourceLog.MaxLines + 3}", $"{ResourceLog.MaxLines + 4}"], log.Tail(2).Select(l => l.Text));
    }
}
