using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>Time limits and cancellations, in the queue and during runs.</summary>
public sealed class BatcherLimitsTests : BatcherTestBase
{
    [Fact]
    public async Task InferAsync_ShortTimeLimit_IsNotSpentOnWaitingForOthers()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxDelay: TimeSpan.FromSeconds(10)));
        Runner.Allow(10);
        using var x = Column(1);
        var answer = batcher.InferAsync([x], InferenceCall.Within(TimeSpan.FromSeconds(1)), CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => Clock.WaitingTimers == 2);

        Clock.Advance(TimeSpan.FromSeconds(0.5));

        using var result = await answer;
        Assert.Equal(InferenceStatus.Ok, result.Status);
    }

    [Fact]
    public async Task InferAsync_TimeLimitPassesInTheQueue_EndsWithoutRunning()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        using var x = Column(1);
        var late = batcher.InferAsync([x], InferenceCall.Within(TimeSpan.FromMilliseconds(50)), CancellationToken.None).AsTask();

        Clock.Advance(TimeSpan.FromMilliseconds(50));

        using var result = await late;
        Assert.Equal(InferenceStatus.DeadlineExceeded, result.Status);
        Runner.Allow(5);
        await first;
        using var next = await Infer(batcher, 4);
        Assert.Equal([1L, 1L], Runner.Runs);
    }

    [Fact]
    public async Task InferAsync_TimeLimitOfZero_IsExceeded()
    {
        var batcher = Start(QueueSettings.Of());
        using var x = Column(1);

        using var result = await batcher.InferAsync([x], InferenceCall.Within(TimeSpan.Zero), CancellationToken.None).AsTask();

        Assert.Equal(InferenceStatus.DeadlineExceeded, result.Status);
        Assert.Empty(Runner.Runs);
    }

    [Fact]
    public async Task InferAsync_CancelledWhileRunningAlone_StopsTheRun()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        using var cancellation = new CancellationTokenSource();
        using var x = Column(1);
        var call = batcher.InferAsync([x], default, cancellation.Token).AsTask();
        await Eventually.TrueAsync(() => Runner.Runs.Count == 1);

        await cancellation.CancelAsync();

        using var result = await call;
        Assert.Equal(InferenceStatus.Cancelled, result.Status);
        await Eventually.TrueAsync(() => Runner.Stopped == 1);
        Runner.Allow();
        using var next = await Infer(batcher, 2);
        Assert.Equal(InferenceStatus.Ok, next.Status);
    }

    [Fact]
    public async Task InferAsync_OneOfABatchIsCancelled_TheOthersGetTheirResults()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        using var cancellation = new CancellationTokenSource();
        using var x = Column(1);
        var leaver = batcher.InferAsync([x], default, cancellation.Token).AsTask();
        var stayer = Infer(batcher, 2);
        Runner.Allow();
        await first;
        await Eventually.TrueAsync(() => Runner.Runs.Count == 2);

        await cancellation.CancelAsync();
        Runner.Allow();

        Assert.Equal(InferenceStatus.Cancelled, (await leaver).Status);
        Assert.Equal([4f], Values(await stayer));
        Assert.Equal(0, Runner.Stopped);
        Assert.Equal([1L, 2L], Runner.Runs);
    }

    [Fact]
    public async Task InferAsync_AllOfABatchAreCancelled_StopsTheRun()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        using var cancellation = new CancellationTokenSource();
        using var x = Column(1);
        var one = batcher.InferAsync([x], default, cancellation.Token).AsTask();
        var two = batcher.InferAsync([x], default, cancellation.Token).AsTask();
        Runner.Allow();
        await first;
        await Eventually.TrueAsync(() => Runner.Runs.Count == 2);

        await cancellation.CancelAsync();

        Assert.Equal(InferenceStatus.Cancelled, (await one).Status);
        Assert.Equal(InferenceStatus.Cancelled, (await two).Status);
        await Eventually.TrueAsync(() => Runner.Stopped == 1);
    }

    [Fact]
    public async Task InferAsync_CancelledBeforehand_DoesNotRun()
    {
        var batcher = Start(QueueSettings.Of());
        using var x = Column(1);

        using var result = await batcher.InferAsync([x], default, new CancellationToken(canceled: true));

        Assert.Equal(InferenceStatus.Cancelled, result.Status);
        Assert.Empty(Runner.Runs);
    }

    [Theory]
    [InlineData(QueueTimeoutAction.Reject, false, InferenceStatus.DeadlineExceeded)]
    [InlineData(QueueTimeoutAction.Delay, true, InferenceStatus.Ok)]
    public async Task InferAsync_TimeInTheQueueIsOver_ActsAsThePolicySays(QueueTimeoutAction action, bool runs, InferenceStatus expected)
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 1) with
        {
            Queue = new QueuePolicy { Timeout = TimeSpan.FromSeconds(1), TimeoutAction = action },
        };
        var batcher = Start(settings);
        var first = await StartBlockedRunAsync(batcher);
        var late = Infer(batcher, 1);

        Clock.Advance(TimeSpan.FromSeconds(1));
        var inTime = Infer(batcher, 2);
        Runner.Allow(10);
        await Task.WhenAll(first, late, inTime);

        Assert.Equal(expected, (await late).Status);
        Assert.Equal(runs ? [0f, 2f, 1f] : [0f, 2f], Runner.Firsts);
    }

    [Theory]
    [InlineData(true, 0.5, InferenceStatus.DeadlineExceeded)]
    [InlineData(true, 5, InferenceStatus.DeadlineExceeded)]
    [InlineData(false, 0.5, InferenceStatus.Ok)]
    public async Task InferAsync_OwnQueueTimeout_OnlyShortensThePolicys(bool allowed, double asked, InferenceStatus expected)
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 1) with
        {
            Queue = new QueuePolicy { Timeout = TimeSpan.FromSeconds(1), AllowTimeoutOverride = allowed },
        };
        var batcher = Start(settings);
        var first = await StartBlockedRunAsync(batcher);
        var call = InferWith(batcher, 1, new InferenceCall { QueueTimeout = TimeSpan.FromSeconds(asked) });

        Clock.Advance(TimeSpan.FromSeconds(Math.Min(asked, 1) * (allowed ? 1 : 0.9)));
        Runner.Allow(10);
        await first;

        Assert.Equal(expected, (await call).Status);
    }

    [Fact]
    public async Task InferAsync_OneCallersDeadlineInABatch_DoesNotStopTheOthers()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        var hasty = InferWith(batcher, 1, InferenceCall.Within(TimeSpan.FromSeconds(1)));
        var patient = InferWith(batcher, 2, InferenceCall.Within(TimeSpan.FromSeconds(60)));
        Runner.Allow();
        await first;
        await Eventually.TrueAsync(() => Runner.Runs.Count == 2);

        Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(InferenceStatus.DeadlineExceeded, (await hasty).Status);
        Assert.Equal(0, Runner.Stopped);
        Runner.Allow();
        Assert.Equal([4f], Values(await patient));
    }

    [Fact]
    public async Task InferAsync_DeadlineDuringARunAlone_StopsIt()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var call = InferWith(batcher, 1, InferenceCall.Within(TimeSpan.FromSeconds(1)));
        await Eventually.TrueAsync(() => Runner.Runs.Count == 1);

        Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(InferenceStatus.DeadlineExceeded, (await call).Status);
        await Eventually.TrueAsync(() => Runner.Stopped == 1);
        Runner.Allow();
        Assert.Equal([4f], Values(await Infer(batcher, 2)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task InferAsync_ShortRunOnTheCallersThread_CanBeStopped(bool byDeadline)
    {
        var batcher = Start(QueueSettings.Of(runs: 1) with { RunsOnCallersThread = true });
        Runner.Allow(100);
        for (var i = 0; i < 100; i++)
        {
            // Runs are learnt to be short.
            (await Infer(batcher, 1)).Dispose();
        }

        using var cancellation = new CancellationTokenSource();
        var call = Task.Factory.StartNew(
            () => InferWith(batcher, 1, InferenceCall.Within(TimeSpan.FromSeconds(1)), cancellation.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        await Eventually.TrueAsync(() => Runner.Runs.Count == 101);
        if (byDeadline)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
        }
        else
        {
            await cancellation.CancelAsync();
        }

        using var result = await await call;
        Assert.Equal(byDeadline ? InferenceStatus.DeadlineExceeded : InferenceStatus.Cancelled, result.Status);
        Runner.Allow();
        Assert.Equal([4f], Values(await Infer(batcher, 2)));
    }
}
