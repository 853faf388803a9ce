using Slipway.Registry.Api.Data;
using Slipway.Registry.Api.Models;

namespace Slipway.Registry.Api.Tests.Models;

public sealed class ModelGateTests
{
    private readonly ModelGate _gate = new();

    [Fact]
    public async Task Enter_WhileAnotherIsIn_WaitsForItsEnd()
    {
        var first = await _gate.EnterAsync("m", CancellationToken.None);
        var second = _gate.EnterAsync("m", CancellationToken.None);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
        (await _gate.EnterAsync("m", CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task Enter_AnotherModel_WaitsForNobody()
    {
        using var first = await _gate.EnterAsync("m", CancellationToken.None);

        Assert.True(_gate.EnterAsync("n", CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_LeavesThePlaceToTheNext()
    {
        using var cancelled = new CancellationTokenSource();
        var first = await _gate.EnterAsync("m", CancellationToken.None);
        var second = _gate.EnterAsync("m", cancelled.Token);
        var third = _gate.EnterAsync("m", CancellationToken.None);

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(third.IsCompleted);
        first.Dispose();

        (await third).Dispose();
    }

    [Fact]
    public async Task Enter_WithTooManyWaiting_IsRefused()
    {
        using var first = await _gate.EnterAsync("m", CancellationToken.None);
        using var end = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 500).Select(_ => _gate.EnterAsync("m", end.Token)).ToList();
        Assert.All(waiting, task => Assert.False(task.IsCompleted));

        await Assert.ThrowsAsync<BusyException>(() => _gate.EnterAsync("m", CancellationToken.None));

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
    }
}
