using System.Globalization;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Batching;

#pragma warning disable CA1001 // xunit calls IAsyncLifetime.DisposeAsync.
public sealed class ModelBatcherTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private static readonly ModelLabels Labels = new("demand", "1");
    private readonly GatedRunner _runner = new();
    private readonly ManualClock _clock = new();
    private ModelBatcher? _batcher;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _runner.Allow(1000);
        if (_batcher is not null)
        {
            await _batcher.DisposeAsync();
        }

        _runner.Dispose();
    }

    [Fact]
    public async Task InferAsync_WhatWaitsDuringARun_IsJoinedIntoTheNext()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 8));
        var first = await StartBlockedRunAsync(batcher);
        var waiting = Enumerable.Range(1, 5).Select(i => Infer(batcher, i)).ToArray();

        _runner.Allow(2);
        var results = await Task.WhenAll(waiting);

        Assert.Equal([1L, 5L], _runner.Runs);
        for (var i = 0; i < results.Length; i++)
        {
            Assert.Equal([(i + 1) * 2f], Values(results[i]));
            Assert.Equal(5, results[i].BatchRows);
        }

        Assert.Equal(InferenceStatus.Ok, (await first).Status);
    }

    [Fact]
    public async Task InferAsync_MoreRowsThanABatchHolds_AreSplitOverRunsWithoutTearingARequest()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 4));
        var first = await StartBlockedRunAsync(batcher);
        var three = Infer(batcher, 1, 2, 3);
        var two = Infer(batcher, 4, 5);
        var nine = Infer(batcher, 1, 2, 3, 4, 5, 6, 7, 8, 9);

        _runner.Allow(10);
        await Task.WhenAll(first, three, two, nine);

        Assert.Equal([1L, 3L, 2L, 9L], _runner.Runs);
        Assert.Equal([2f, 4f, 6f], Values(await three));
        Assert.Equal([8f, 10f], Values(await two));
        Assert.Equal(9, Values(await nine).Count);
    }

    [Fact]
    public async Task InferAsync_DifferentShapes_RunApart()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        using var wide = Tensor.Create("x", [1f, 2f, 3f], 1, 3);
        var narrowResult = Infer(batcher, 1);
        var wideResult = batcher.InferAsync([wide], default, CancellationToken.None).AsTask();

        _runner.Allow(10);
        await Task.WhenAll(first, narrowResult, wideResult);

        Assert.Equal([1L, 1L, 1L], _runner.Runs);
        Assert.Equal([2f, 4f, 6f], Values(await wideResult));
    }

    [Fact]
    public async Task InferAsync_MaxDelay_WaitsForOthersAndNoLonger()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxDelay: TimeSpan.FromMilliseconds(10)));
        _runner.Allow(10);
        var one = Infer(batcher, 1);
        await Eventually.TrueAsync(() => _clock.WaitingTimers == 1);
        Assert.Empty(_runner.Runs);
        var two = Infer(batcher, 2);
        await Eventually.TrueAsync(() => batcher.QueuedRequests == 2 && _clock.WaitingTimers == 1);

        _clock.Advance(TimeSpan.FromMilliseconds(10));
        await Task.WhenAll(one, two);

        Assert.Equal([2L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_FullBatch_DoesNotWaitForTheDelay()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 2, maxDelay: TimeSpan.FromHours(1)));
        _runner.Allow(10);

        await Task.WhenAll(Infer(batcher, 1), Infer(batcher, 2));

        Assert.Equal([2L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_ShortTimeLimit_IsNotSpentOnWaitingForOthers()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxDelay: TimeSpan.FromSeconds(10)));
        _runner.Allow(10);
        using var x = Column(1);
        var answer = batcher.InferAsync([x], InferenceCall.Within(TimeSpan.FromSeconds(1)), CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => _clock.WaitingTimers == 2);

        _clock.Advance(TimeSpan.FromSeconds(0.5));

        using var result = await answer;
        Assert.Equal(InferenceStatus.Ok, result.Status);
    }

    [Fact]
    public async Task InferAsync_FullQueue_IsAnsweredAtOnce()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, queue: 2));
        var first = await StartBlockedRunAsync(batcher);
        var waiting = new[] { Infer(batcher, 1), Infer(batcher, 2) };

        using var refused = await Infer(batcher, 3);

        Assert.Equal(InferenceStatus.QueueFull, refused.Status);
        _runner.Allow(2);
        Assert.All(await Task.WhenAll(waiting), result => Assert.Equal(InferenceStatus.Ok, result.Status));
        await first;
    }

    [Fact]
    public async Task InferAsync_TimeLimitPassesInTheQueue_EndsWithoutRunning()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        using var x = Column(1);
        var late = batcher.InferAsync([x], InferenceCall.Within(TimeSpan.FromMilliseconds(50)), CancellationToken.None).AsTask();

        _clock.Advance(TimeSpan.FromMilliseconds(50));

        using var result = await late;
        Assert.Equal(InferenceStatus.DeadlineExceeded, result.Status);
        _runner.Allow(5);
        await first;
        using var next = await Infer(batcher, 4);
        Assert.Equal([1L, 1L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_TimeLimitOfZero_IsExceeded()
    {
        var batcher = Start(QueueSettings.Of());
        using var x = Column(1);

        using var result = await batcher.InferAsync([x], InferenceCall.Within(TimeSpan.Zero), CancellationToken.None).AsTask();

        Assert.Equal(InferenceStatus.DeadlineExceeded, result.Status);
        Assert.Empty(_runner.Runs);
    }

    [Fact]
    public async Task InferAsync_CancelledWhileRunningAlone_StopsTheRun()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        using var cancellation = new CancellationTokenSource();
        using var x = Column(1);
        var call = batcher.InferAsync([x], default, cancellation.Token).AsTask();
        await Eventually.TrueAsync(() => _runner.Runs.Count == 1);

        await cancellation.CancelAsync();

        using var result = await call;
        Assert.Equal(InferenceStatus.Cancelled, result.Status);
        await Eventually.TrueAsync(() => _runner.Stopped == 1);
        _runner.Allow();
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
        _runner.Allow();
        await first;
        await Eventually.TrueAsync(() => _runner.Runs.Count == 2);

        await cancellation.CancelAsync();
        _runner.Allow();

        Assert.Equal(InferenceStatus.Cancelled, (await leaver).Status);
        Assert.Equal([4f], Values(await stayer));
        Assert.Equal(0, _runner.Stopped);
        Assert.Equal([1L, 2L], _runner.Runs);
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
        _runner.Allow();
        await first;
        await Eventually.TrueAsync(() => _runner.Runs.Count == 2);

        await cancellation.CancelAsync();

        Assert.Equal(InferenceStatus.Cancelled, (await one).Status);
        Assert.Equal(InferenceStatus.Cancelled, (await two).Status);
        await Eventually.TrueAsync(() => _runner.Stopped == 1);
    }

    [Fact]
    public async Task InferAsync_CancelledBeforehand_DoesNotRun()
    {
        var batcher = Start(QueueSettings.Of());
        using var x = Column(1);

        using var result = await batcher.InferAsync([x], default, new CancellationToken(canceled: true));

        Assert.Equal(InferenceStatus.Cancelled, result.Status);
        Assert.Empty(_runner.Runs);
    }

    [Fact]
    public async Task InferAsync_OneBadRequestInABatch_FailsAlone()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        var good = Infer(batcher, 1);
        var bad = Infer(batcher, -1);
        var alsoGood = Infer(batcher, 3);

        _runner.Allow(10);

        Assert.Equal([2f], Values(await good));
        Assert.Equal(InferenceStatus.InvalidInput, (await bad).Status);
        Assert.Equal([6f], Values(await alsoGood));
        await first;
    }

    [Fact]
    public async Task InferAsync_RunnerThrows_AnswersAndServesOn()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        _runner.Allow(10);

        using var broken = await Infer(batcher, -2);
        using var next = await Infer(batcher, 1);

        Assert.Equal(InferenceStatus.Failed, broken.Status);
        Assert.Equal([2f], Values(next));
    }

    [Fact]
    public async Task InferAsync_BadInput_IsRefusedBeforeTheQueue()
    {
        var batcher = Start(QueueSettings.Of());
        using var x = Tensor.Create("x", [1L], 1, 1);

        using var result = await batcher.InferAsync([x], default, CancellationToken.None).AsTask();

        Assert.Equal(InferenceStatus.InvalidInput, result.Status);
        Assert.Empty(_runner.Runs);
    }

    [Fact]
    public async Task InferAsync_CallerDisposesItsInputsAtOnce_TheRunStillSeesThem()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        var x = Column(21);
        var call = batcher.InferAsync([x], default, CancellationToken.None).AsTask();

        x.Dispose();
        using var other = Column(99);
        _runner.Allow(2);

        Assert.Equal([42f], Values(await call));
        await first;
    }

    [Fact]
    public async Task DisposeAsync_FinishesWhatWaits_AndRefusesWhatComes()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 1));
        var waiting = Enumerable.Range(1, 4).Select(i => Infer(batcher, i)).ToArray();
        var disposal = batcher.DisposeAsync().AsTask();

        using var refused = await Infer(batcher, 9);
        _runner.Allow(4);
        await disposal;

        Assert.Equal(InferenceStatus.Unloading, refused.Status);
        Assert.All(await Task.WhenAll(waiting), result => Assert.Equal(InferenceStatus.Ok, result.Status));
    }

    [Fact]
    public async Task InferAsync_FullQueue_SaysWhenToTryAgain()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, queue: 1));
        _runner.Allow();
        await Infer(batcher, 1);
        var first = await StartBlockedRunAsync(batcher, alreadyRun: 1);
        var waiting = Infer(batcher, 2);

        using var refused = await Infer(batcher, 3);

        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        _runner.Allow(2);
        await Task.WhenAll(first, waiting);
    }

    [Fact]
    public async Task InferAsync_MoreAtOnceThanAllowed_AreRefused()
    {
        var batcher = Start(QueueSettings.Of(runs: 1) with { MaxConcurrentRequests = 2 });
        var first = await StartBlockedRunAsync(batcher);
        var second = Infer(batcher, 1);

        using var refused = await Infer(batcher, 2);

        Assert.Equal(InferenceStatus.QueueFull, refused.Status);
        _runner.Allow(2);
        await Task.WhenAll(first, second);
        _runner.Allow();
        Assert.Equal(InferenceStatus.Ok, (await Infer(batcher, 3)).Status);
    }

    [Fact]
    public async Task InferAsync_WaitingForOthers_DoesNotBlockAnotherShape()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 2, maxDelay: TimeSpan.FromHours(1)));
        _runner.Allow(10);
        using var wide = Tensor.Create("x", [1f, 2f], 1, 2);
        var lonely = batcher.InferAsync([wide], default, CancellationToken.None).AsTask();

        await Task.WhenAll(Infer(batcher, 1), Infer(batcher, 2));

        Assert.False(lonely.IsCompleted);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([2f, 4f], Values(await lonely));
        Assert.Equal([2L, 1L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_HigherPriority_GoesFirst()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 1) with { PriorityLevels = 3 });
        var first = await StartBlockedRunAsync(batcher);
        var calls = new[] { (30, 3), (20, 0), (10, 1), (31, 3), (32, 99), (11, 1) }
            .Select(request => InferWith(batcher, request.Item1, new InferenceCall { Priority = request.Item2 }))
            .ToArray();

        _runner.Allow(10);
        await Task.WhenAll([first, .. calls]);

        Assert.Equal([0f, 10f, 11f, 20f, 30f, 31f, 32f], _runner.Firsts);
    }

    [Fact]
    public async Task InferAsync_QueueOfOneLevelIsFull_OthersAreTaken()
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 1) with
        {
            PriorityLevels = 2,
            LevelQueues = new Dictionary<int, QueuePolicy> { [2] = new() { MaxQueueSize = 1 } },
        };
        var batcher = Start(settings);
        var first = await StartBlockedRunAsync(batcher);
        var low = InferWith(batcher, 1, new InferenceCall { Priority = 2 });

        using var refused = await InferWith(batcher, 2, new InferenceCall { Priority = 2 });
        var high = InferWith(batcher, 3, new InferenceCall { Priority = 1 });

        Assert.Equal(InferenceStatus.QueueFull, refused.Status);
        _runner.Allow(3);
        Assert.All(await Task.WhenAll(first, low, high), result => Assert.Equal(InferenceStatus.Ok, result.Status));
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

        _clock.Advance(TimeSpan.FromSeconds(1));
        var inTime = Infer(batcher, 2);
        _runner.Allow(10);
        await Task.WhenAll(first, late, inTime);

        Assert.Equal(expected, (await late).Status);
        Assert.Equal(runs ? [0f, 2f, 1f] : [0f, 2f], _runner.Firsts);
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

        _clock.Advance(TimeSpan.FromSeconds(Math.Min(asked, 1) * (allowed ? 1 : 0.9)));
        _runner.Allow(10);
        await first;

        Assert.Equal(expected, (await call).Status);
    }

    [Fact]
    public async Task InferAsync_PreferredSizes_LargestThatCanBeMadeRunsAndTheRestWaits()
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 8, maxDelay: TimeSpan.FromSeconds(1));
        var batcher = Start(settings with { Batching = settings.Batching with { PreferredSizes = [2, 4] } });
        var first = await StartBlockedRunAsync(batcher, dueAfter: TimeSpan.FromSeconds(1));
        var calls = Enumerable.Range(1, 5).Select(i => Infer(batcher, i)).ToArray();
        _clock.Advance(TimeSpan.FromSeconds(1));

        _runner.Allow(10);
        await Task.WhenAll([first, .. calls]);

        Assert.Equal([1L, 4L, 1L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_PreferredSizeIsReached_DoesNotWait()
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 8, maxDelay: TimeSpan.FromHours(1));
        var batcher = Start(settings with { Batching = settings.Batching with { PreferredSizes = [3] } });
        _runner.Allow(10);

        await Task.WhenAll(Infer(batcher, 1), Infer(batcher, 2), Infer(batcher, 3));

        Assert.Equal([3L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_OneCallersDeadlineInABatch_DoesNotStopTheOthers()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        var hasty = InferWith(batcher, 1, InferenceCall.Within(TimeSpan.FromSeconds(1)));
        var patient = InferWith(batcher, 2, InferenceCall.Within(TimeSpan.FromSeconds(60)));
        _runner.Allow();
        await first;
        await Eventually.TrueAsync(() => _runner.Runs.Count == 2);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(InferenceStatus.DeadlineExceeded, (await hasty).Status);
        Assert.Equal(0, _runner.Stopped);
        _runner.Allow();
        Assert.Equal([4f], Values(await patient));
    }

    [Fact]
    public async Task InferAsync_DeadlineDuringARunAlone_StopsIt()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var call = InferWith(batcher, 1, InferenceCall.Within(TimeSpan.FromSeconds(1)));
        await Eventually.TrueAsync(() => _runner.Runs.Count == 1);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(InferenceStatus.DeadlineExceeded, (await call).Status);
        await Eventually.TrueAsync(() => _runner.Stopped == 1);
        _runner.Allow();
        Assert.Equal([4f], Values(await Infer(batcher, 2)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task InferAsync_ShortRunOnTheCallersThread_CanBeStopped(bool byDeadline)
    {
        var batcher = Start(QueueSettings.Of(runs: 1) with { RunsOnCallersThread = true });
        _runner.Allow(100);
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
        await Eventually.TrueAsync(() => _runner.Runs.Count == 101);
        if (byDeadline)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        else
        {
            await cancellation.CancelAsync();
        }

        using var result = await await call;
        Assert.Equal(byDeadline ? InferenceStatus.DeadlineExceeded : InferenceStatus.Cancelled, result.Status);
        _runner.Allow();
        Assert.Equal([4f], Values(await Infer(batcher, 2)));
    }

    [Fact]
    public void Create_RowsNotShownToBeIndependent_JoinsOnlyWhenToldTo()
    {
        using var one = new DisposableBatcher(new ModelBatcher(_runner, QueueSettings.Of(), false, Labels, _clock));
        var always = QueueSettings.Of();
        always = always with { Batching = always.Batching with { Joining = RowJoining.Always } };
        using var two = new DisposableBatcher(new ModelBatcher(_runner, always, false, Labels, _clock));
        var never = always with { Batching = always.Batching with { Joining = RowJoining.Never } };
        using var three = new DisposableBatcher(new ModelBatcher(_runner, never, true, Labels, _clock));

        Assert.False(one.Batcher.JoinsRequests);
        Assert.True(two.Batcher.JoinsRequests);
        Assert.False(three.Batcher.JoinsRequests);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task InferAsync_AnyMixOfSizesShapesLimitsAndCancellations_GivesEachCallerItsOwnRows(int seed)
    {
        var settings = QueueSettings.Of(runs: 2, maxBatch: 7) with { PriorityLevels = 3, RunsOnCallersThread = true };
        await using var batcher = new ModelBatcher(_runner, settings, true, Labels, TimeProvider.System);
        _runner.Allow(100_000);

        var wrong = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(caller => Task.Run(() => CallAsync(new Random((seed * 100) + caller))))
        );

        Assert.True(wrong.All(count => count == 0), $"seed {seed}: wrong answers {string.Join(", ", wrong)}");

        async Task<int> CallAsync(Random random)
        {
            var mistakes = 0;
            for (var i = 0; i < 150; i++)
            {
                var (rows, width) = (random.Next(0, 9), random.Next(1, 4));
                var values = Enumerable.Range(0, rows * width).Select(_ => (float)random.Next(1, 1 << 20)).ToArray();
                using var x = Tensor.Create<float>("x", values, rows, width);
                using var cancellation = new CancellationTokenSource();
                var call = new InferenceCall { Priority = random.Next(4), TimeLimit = TimeSpan.FromSeconds(60) };
                var pending = batcher.InferAsync([x], call, cancellation.Token);
                if (random.Next(5) == 0)
                {
                    await cancellation.CancelAsync();
                }

                using var result = await pending;
                var isRight =
                    result.Status == InferenceStatus.Cancelled
                    || (
                        result.Status == InferenceStatus.Ok
                        && result.Outputs[0].Shape.SequenceEqual([rows, width])
                        && result.Outputs[0].AsSpan<float>().ToArray().SequenceEqual(values.Select(value => value * 2))
                    );
                mistakes += isRight ? 0 : 1;
            }

            return mistakes;
        }
    }

    private static async Task<InferenceResult> InferWith(
        ModelBatcher batcher,
        float value,
        InferenceCall call,
        CancellationToken cancellationToken = default
    )
    {
        using var x = Column(value);
        return await batcher.InferAsync([x], call, cancellationToken);
    }

    private static Tensor Column(params float[] values) => Tensor.Create<float>("x", values, values.Length, 1);

    private static async Task<InferenceResult> Infer(ModelBatcher batcher, params float[] values)
    {
        using var x = Column(values);
        return await batcher.InferAsync([x], default, CancellationToken.None).AsTask();
    }

    private static List<float> Values(InferenceResult result)
    {
        Assert.True(result.Status == InferenceStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"{result.Status}: {result.Error}"));
        return [.. result.Outputs[0].AsSpan<float>()];
    }

    private ModelBatcher Start(ModelSettings settings) => _batcher = new ModelBatcher(_runner, settings, true, Labels, _clock);

    /// <summary>Occupies the only run, so that everything after it waits.</summary>
    private async Task<Task<InferenceResult>> StartBlockedRunAsync(ModelBatcher batcher, int alreadyRun = 0, TimeSpan dueAfter = default)
    {
        var first = Infer(batcher, 0);
        _clock.Advance(dueAfter);
        await Eventually.TrueAsync(() => _runner.Runs.Count == alreadyRun + 1);
        return first;
    }

    private sealed class DisposableBatcher(ModelBatcher batcher) : IDisposable
    {
        public ModelBatcher Batcher => batcher;

        public void Dispose() => batcher.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
