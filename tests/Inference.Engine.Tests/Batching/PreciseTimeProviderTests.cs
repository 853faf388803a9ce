using Slipway.Inference.Engine.Batching;

namespace Slipway.Inference.Engine.Tests.Batching;

public sealed class PreciseTimeProviderTests
{
    [Fact]
    public async Task CreateTimer_SeveralTimers_FireInTheOrderOfTheirTimes()
    {
        var fired = new List<int>();
        var all = new TaskCompletionSource();
        var timers = new[] { 60, 20, 40 }
            .Select(delay =>
                PreciseTimeProvider.Instance.CreateTimer(
                    _ =>
                    {
                        // One thread calls back.
                        fired.Add(delay);
                        if (fired.Count == 3)
                        {
                            all.SetResult();
                        }
                    },
                    null,
                    TimeSpan.FromMilliseconds(delay),
                    Timeout.InfiniteTimeSpan
                )
            )
            .ToArray();

        await all.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal([20, 40, 60], fired);
        foreach (var timer in timers)
        {
            await timer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Change_SetAgain_TheOlderSettingDoesNotFire()
    {
        var fired = new TaskCompletionSource();
        var calls = 0;
        var provider = PreciseTimeProvider.Instance;
        await using var moved = provider.CreateTimer(_ => calls++, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        await using var last = provider.CreateTimer(_ => fired.SetResult(), null, TimeSpan.FromMilliseconds(80), Timeout.InfiniteTimeSpan);

        moved.Change(TimeSpan.FromMilliseconds(40), Timeout.InfiniteTimeSpan);
        moved.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await fired.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, calls);
    }

    [Fact]
    public void For_OtherThanTheSystemsTime_IsLeftAlone()
    {
        var other = new Slipway.Testing.ManualClock();

        Assert.Same(other, PreciseTimeProvider.For(other));
        Assert.Same(PreciseTimeProvider.Instance, PreciseTimeProvider.For(TimeProvider.System));
    }
}
