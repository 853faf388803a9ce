using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Residency;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Residency;

public sealed class ModelResidencyTests
{
    // So large that what other tests of the process allocate meanwhile is nothing beside it. The first opening of a model reserves half as much again.
    private const long Unit = 1L << 40;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task HoldAsync_ManyAtOnce_WaitForOneOpening()
    {
        using var residency = Create(2 * Unit);
        var gate = new TaskCompletionSource();
        var source = new FakeSource("a", Unit) { Gate = gate.Task };
        await using var model = new OnDemandBackend(residency, source, isPinned: false);

        var holds = Enumerable.Range(0, 50).Select(_ => model.HoldAsync(null, CancellationToken.None).AsTask()).ToArray();
        Assert.All(holds, hold => Assert.False(hold.IsCompleted));
        gate.SetResult();

        Assert.All(await Task.WhenAll(holds).WaitAsync(s_patience), Assert.Null);
        Assert.Equal((1, Unit), (source.Opened, residency.UsedBytes));
        Array.ForEach(holds, _ => model.Release());
    }

    [Fact]
    public async Task HoldAsync_OneGivesUp_TheOthersGetTheModel()
    {
        using var residency = Create(2 * Unit);
        var gate = new TaskCompletionSource();
        await using var model = new OnDemandBackend(residency, new FakeSource("a", Unit) { Gate = gate.Task }, isPinned: false);
        using var leaving = new CancellationTokenSource();

        var patient = model.HoldAsync(null, CancellationToken.None).AsTask();
        var late = await model.HoldAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        var left = model.HoldAsync(null, leaving.Token).AsTask();
        await leaving.CancelAsync();

        Assert.Equal(InferenceStatus.DeadlineExceeded, late!.Status);
        Assert.Equal(InferenceStatus.Cancelled, (await left.WaitAsync(s_patience))!.Status);
        gate.SetResult();
        Assert.Null(await patient.WaitAsync(s_patience));
        model.Release();
        // Nobody else holds it: those who left have no hold.
        Assert.True(model.TryRetire());
        await model.CloseAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(-1)]
    [InlineData(-5000)]
    public async Task HoldAsync_LimitHasPassed_IsRefusedAndWaitsForNothing(double milliseconds)
    {
        using var residency = Create(2 * Unit);
        var gate = new TaskCompletionSource();
        await using var model = new OnDemandBackend(residency, new FakeSource("a", Unit) { Gate = gate.Task }, isPinned: false);
        var patient = model.HoldAsync(TimeSpan.FromDays(10_000), CancellationToken.None).AsTask();

        var late = await model.HoldAsync(TimeSpan.FromMilliseconds(milliseconds), CancellationToken.None).AsTask().WaitAsync(s_patience);

        Assert.Equal(InferenceStatus.DeadlineExceeded, late!.Status);
        gate.SetResult();
        Assert.Null(await patient.WaitAsync(s_patience));
        Assert.False(model.TryRetire());
        model.Release();
        // Nobody else holds it.
        Assert.True(model.TryRetire());
        await model.CloseAsync();
    }

    [Fact]
    public async Task HoldAsync_MemoryIsFull_ClosesTheLongestUnused()
    {
        using var residency = Create(2 * Unit + (Unit / 2) + (1 << 20));
        var (a, b, c) = (new FakeSource("a", Unit), new FakeSource("b", Unit), new FakeSource("c", Unit));
        await using var first = new OnDemandBackend(residency, a, isPinned: false);
        await using var second = new OnDemandBackend(residency, b, isPinned: false);
        await using var third = new OnDemandBackend(residency, c, isPinned: false);

        await UseAsync(first);
        await UseAsync(second);
        await UseAsync(first);
        await UseAsync(third);

        Assert.Equal((1, 0, 1), (a.Open, b.Open, c.Open));
        Assert.Equal((2 * Unit, 2), (residency.UsedBytes, residency.ResidentCount));
        await UseAsync(second);
        Assert.Equal((0, 1, 1), (a.Open, b.Open, c.Open));
    }

    [Fact]
    public async Task HoldAsync_EverythingIsBusy_WaitsUntilOneIsIdle()
    {
        using var residency = Create(Unit + (Unit / 2) + (1 << 20));
        var busy = new OnDemandBackend(residency, new FakeSource("a", Unit), isPinned: false);
        await using var other = new OnDemandBackend(residency, new FakeSource("b", Unit), isPinned: false);
        Assert.Null(await busy.HoldAsync(null, CancellationToken.None));

        var waiting = other.HoldAsync(null, CancellationToken.None).AsTask();
        Assert.True(busy.IsOpen);
        busy.Release();

        Assert.Null(await waiting.WaitAsync(s_patience));
        Assert.False(busy.IsOpen);
        other.Release();
        await busy.DisposeAsync();
    }

    [Fact]
    public async Task HoldAsync_BusyForTooLong_IsUnavailableForNow()
    {
        using var residency = Create(Unit + (Unit / 2) + (1 << 20), memoryWait: TimeSpan.Zero);
        await using var busy = new OnDemandBackend(residency, new FakeSource("a", Unit), isPinned: false);
        await using var other = new OnDemandBackend(residency, new FakeSource("b", Unit), isPinned: false);
        Assert.Null(await busy.HoldAsync(null, CancellationToken.None));

        var refused = await other.HoldAsync(null, CancellationToken.None);

        Assert.Equal(InferenceStatus.Unavailable, refused!.Status);
        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        Assert.Contains("pinned or busy", refused.Error, StringComparison.Ordinal);
        busy.Release();
        Assert.Null(await other.HoldAsync(null, CancellationToken.None));
        other.Release();
    }

    [Fact]
    public async Task HoldAsync_PinnedOrKeepingState_IsNeverClosed()
    {
        using var residency = Create(2 * Unit + (Unit / 2) + (1 << 20), memoryWait: TimeSpan.Zero);
        await using var pinned = new OnDemandBackend(residency, new FakeSource("a", Unit), isPinned: true);
        var keeper = new FakeSource("b", Unit) { KeepsState = true };
        await using var keeping = new OnDemandBackend(residency, keeper, isPinned: false);
        await using var other = new OnDemandBackend(residency, new FakeSource("c", Unit), isPinned: false);
        await UseAsync(pinned);
        await UseAsync(keeping);

        Assert.Equal(InferenceStatus.Unavailable, (await other.HoldAsync(null, CancellationToken.None))!.Status);
        keeper.KeepsState = false;
        await UseAsync(other);

        Assert.Equal((true, false, true), (pinned.IsOpen, keeping.IsOpen, other.IsOpen));
    }

    [Fact]
    public async Task HoldAsync_SequenceIsLeftAloneMeanwhile_IsOpenedInItsPlace()
    {
        var clock = new ManualClock();
        using var residency = Create(Unit + (Unit / 2) + (1 << 20), clock: clock, memoryWait: TimeSpan.FromMinutes(1));
        var source = new FakeSource("a", Unit) { KeepsState = true };
        await using var keeping = new OnDemandBackend(residency, source, isPinned: false);
        await using var other = new OnDemandBackend(residency, new FakeSource("b", Unit), isPinned: false);
        await UseAsync(keeping);

        var waiting = other.HoldAsync(null, CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => waiting.IsCompleted || clock.WaitingTimers > 0);
        // As a sequence that nobody continues ends: without a word.
        source.KeepsState = false;
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await waiting.WaitAsync(s_patience));
        other.Release();
        Assert.False(keeping.IsOpen);
    }

    [Fact]
    public async Task HoldAsync_SequenceBeginsWhileItIsChosen_StaysOpen()
    {
        using var residency = Create(Unit + (Unit / 2) + (1 << 20), memoryWait: TimeSpan.Zero);
        var source = new FakeSource("a", Unit);
        var keeping = new OnDemandBackend(residency, source, isPinned: false);
        await using var other = new OnDemandBackend(residency, new FakeSource("b", Unit), isPinned: false);
        await UseAsync(keeping);
        source.Looked = () => source.KeepsState = true;

        Assert.Equal(InferenceStatus.Unavailable, (await other.HoldAsync(null, CancellationToken.None))!.Status);

        Assert.True(keeping.IsOpen);
        await UseAsync(keeping);
        Assert.Equal(1, source.Opened);
        await keeping.DisposeAsync();
        Assert.Equal((0, 0L), (source.Open, residency.UsedBytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HoldAsync_MemoryOfOneThatCloses_IsWaitedFor(bool isPinned)
    {
        var clock = new ManualClock();
        using var residency = Create(Unit + (Unit / 2) + (1 << 20), clock: clock);
        var gate = new TaskCompletionSource();
        var closing = new OnDemandBackend(residency, new FakeSource("a", Unit) { CloseGate = gate.Task }, isPinned);
        await using var other = new OnDemandBackend(residency, new FakeSource("b", Unit), isPinned: false);
        await UseAsync(closing);
        var closed = closing.DisposeAsync().AsTask();
        await Eventually.TrueAsync(() => !closing.IsOpen);

        var waiting = other.HoldAsync(null, CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => waiting.IsCompleted || clock.WaitingTimers > 0);
        gate.SetResult();

        Assert.Null(await waiting.WaitAsync(s_patience));
        other.Release();
        await closed.WaitAsync(s_patience);
        Assert.Equal((Unit, 1), (residency.UsedBytes, residency.ResidentCount));
    }

    [Fact]
    public async Task DisposeAsync_WhileItIsClosedForAnother_EndsWhenItsMemoryIsBack()
    {
        using var residency = Create(Unit + (Unit / 2) + (1 << 20));
        var gate = new TaskCompletionSource();
        var source = new FakeSource("a", Unit) { CloseGate = gate.Task };
        var victim = new OnDemandBackend(residency, source, isPinned: false);
        await using var other = new OnDemandBackend(residency, new FakeSource("b", Unit), isPinned: false);
        await UseAsync(victim);
        var opening = other.HoldAsync(null, CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => !victim.IsOpen);

        var disposing = victim.DisposeAsync().AsTask();
        var hasEnded = disposing.IsCompleted;
        gate.SetResult();

        Assert.False(hasEnded);
        await disposing.WaitAsync(s_patience);
        Assert.Equal(0, source.Open);
        Assert.Null(await opening.WaitAsync(s_patience));
        other.Release();
    }

    [Fact]
    public async Task HoldAsync_FilesFitAndTheEstimateDoesNot_IsOpened()
    {
        using var residency = Create(Unit + (Unit / 4));
        await using var model = new OnDemandBackend(residency, new FakeSource("a", Unit), isPinned: false);

        await UseAsync(model);

        Assert.Equal(Unit, residency.UsedBytes);
    }

    [Fact]
    public async Task HoldAsync_LargerThanAllMemory_IsRefusedAndLeftAlone()
    {
        var clock = new ManualClock();
        using var residency = Create(Unit, clock: clock);
        var source = new FakeSource("a", 2 * Unit);
        await using var model = new OnDemandBackend(residency, source, isPinned: false);

        var refused = await model.HoldAsync(null, CancellationToken.None);

        Assert.Equal(InferenceStatus.Unavailable, refused!.Status);
        Assert.Contains("more than", refused.Error, StringComparison.Ordinal);
        Assert.Equal((0, 0L), (source.Opened, residency.UsedBytes));
    }

    [Fact]
    public async Task HoldAsync_CannotBeOpened_IsTriedAgainAfterAWhile()
    {
        var clock = new ManualClock();
        using var residency = Create(2 * Unit, clock: clock);
        var source = new FakeSource("a", Unit) { Error = new InvalidDataException("broken bytes") };
        await using var model = new OnDemandBackend(residency, source, isPinned: false);

        Assert.Contains("broken bytes", (await model.HoldAsync(null, CancellationToken.None))!.Error, StringComparison.Ordinal);
        source.Error = null;
        Assert.Contains("broken bytes", (await model.HoldAsync(null, CancellationToken.None))!.Error, StringComparison.Ordinal);
        Assert.Equal((1, 0L), (source.Opened, residency.UsedBytes));
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Null(await model.HoldAsync(null, CancellationToken.None));
        Assert.Null(model.Failure);
        model.Release();
    }

    [Fact]
    public async Task HoldAsync_EqualKeys_AreCountedOnce()
    {
        using var residency = Create(2 * Unit);
        await using var one = new OnDemandBackend(residency, new FakeSource("same", Unit), isPinned: false);
        await using var two = new OnDemandBackend(residency, new FakeSource("same", Unit), isPinned: false);

        await UseAsync(one);
        await UseAsync(two);

        Assert.Equal((Unit, 2), (residency.UsedBytes, residency.ResidentCount));
    }

    [Fact]
    public async Task HoldAsync_MoreThanMayWait_AreRefused()
    {
        using var residency = new ModelResidency(
            new ResidencySettings { BudgetBytes = 2 * Unit, MaxWaitingRequests = 2 },
            TimeProvider.System
        );
        var gate = new TaskCompletionSource();
        await using var model = new OnDemandBackend(residency, new FakeSource("a", Unit) { Gate = gate.Task }, isPinned: false);
        var waiting = Enumerable.Range(0, 2).Select(_ => model.HoldAsync(null, CancellationToken.None).AsTask()).ToArray();

        Assert.Equal(InferenceStatus.QueueFull, (await model.HoldAsync(null, CancellationToken.None))!.Status);
        gate.SetResult();
        Assert.All(await Task.WhenAll(waiting).WaitAsync(s_patience), Assert.Null);
        Array.ForEach(waiting, _ => model.Release());
    }

    [Fact]
    public async Task DisposeAsync_WhileItOpens_EndsTheOpening()
    {
        using var residency = Create(2 * Unit);
        var source = new FakeSource("a", Unit) { Gate = new TaskCompletionSource().Task };
        var model = new OnDemandBackend(residency, source, isPinned: false);
        var waiting = model.HoldAsync(null, CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => source.Opened == 1);

        await model.DisposeAsync();

        Assert.Equal(InferenceStatus.Unloading, (await waiting.WaitAsync(s_patience))!.Status);
        Assert.Equal((0L, 0), (residency.UsedBytes, source.Open));
    }

    [Fact]
    public async Task InferAsync_ManyModelsFromManyCallers_NeverMeetsAClosedModelNorMoreThanTheBudget()
    {
        const int Models = 60;
        const int Room = 8;
        using var residency = Create((Room * Unit) + (Unit / 2) + (1 << 20), memoryWait: s_patience);
        var sources = Enumerable.Range(0, Models).Select(i => new FakeSource($"{i}", Unit)).ToArray();
        var models = sources.Select(source => new OnDemandBackend(residency, source, isPinned: false)).ToArray();

        var callers = Enumerable
            .Range(0, 16)
            .Select(seed =>
                Task.Run(async () =>
                {
                    var random = new Random(seed);
                    for (var i = 0; i < 500; i++)
                    {
                        using var result = await models[random.Next(Models)].InferAsync([], default, CancellationToken.None);
                        Assert.True(result.Status == InferenceStatus.Ok, result.Error);
                        Assert.InRange(residency.UsedBytes, 0, residency.Settings.BudgetBytes);
                    }
                })
            )
            .ToArray();
        await Task.WhenAll(callers).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.InRange(sources.Sum(source => source.Open), 1, Room);
        Assert.Equal(residency.ResidentCount, sources.Sum(source => source.Open));
        foreach (var model in models)
        {
            await model.DisposeAsync();
        }

        Assert.Equal((0L, 0, 0), (residency.UsedBytes, residency.ResidentCount, sources.Sum(source => source.Open)));
    }

    private static ModelResidency Create(long budgetBytes, TimeSpan? memoryWait = null, TimeProvider? clock = null) =>
        new(new ResidencySettings { BudgetBytes = budgetBytes, MemoryWait = memoryWait ?? s_patience }, clock ?? TimeProvider.System);

    private static async Task UseAsync(OnDemandBackend model)
    {
        using var result = await model.InferAsync([], default, CancellationToken.None);
        Assert.True(result.Status == InferenceStatus.Ok, result.Error);
    }
}
