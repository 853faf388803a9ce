using Aspire.Hosting.Run;

namespace Slipway.Hosting.Tests.Run;

public class BackoffTests
{
    [Fact]
    public void Next_EndsAtOnceEachTime_DoublesUpToTheLimit()
    {
        var backoff = new Backoff();
        var pauses = Enumerable.Range(0, 9).Select(_ => backoff.Next(TimeSpan.Zero).TotalSeconds);
        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30, 30], pauses);
    }

    [Fact]
    public void Next_RanWell_StartsAnew()
    {
        var backoff = new Backoff();
        backoff.Next(TimeSpan.Zero);
        backoff.Next(TimeSpan.Zero);
        Assert.Equal(Backoff.First, backoff.Next(Backoff.RanWell));
    }
}
