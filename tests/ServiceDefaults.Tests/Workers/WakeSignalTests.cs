using Slipway.ServiceDefaults.Workers;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Workers;

public sealed class WakeSignalTests
{
    private readonly ManualClock _clock = new();
    private readonly Signal _signal = new();

    [Fact]
    public async Task WaitAsync_SetManyTimesBefore_WakesOnce()
    {
        _signal.Set();
        _signal.Set();

        await _signal.WaitAsync(TimeSpan.FromHours(1), _clock, default);

        Assert.False(_signal.WaitAsync(TimeSpan.FromHours(1), _clock, default).IsCompleted);
    }

    [Fact]
    public async Task WaitAsync_NeverSet_EndsWhenThePassIsDue()
    {
        var wait = _signal.WaitAsync(TimeSpan.FromMinutes(5), _clock, default);
        _clock.Advance(TimeSpan.FromMinutes(4));
        Assert.False(wait.IsCompleted);

        _clock.Advance(TimeSpan.FromMinutes(1));

        await wait.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task WaitAsync_CallerStops_Throws()
    {
        using var stop = new CancellationTokenSource();
        var wait = _signal.WaitAsync(TimeSpan.FromHours(1), _clock, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    private sealed class Signal : WakeSignal;
}
