using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Engine.Tensors;
using Slipway.Testing;

namespace Slipway.Inference.Engine.Tests.Batching;

/// <summary>What is joined into one run, and what each caller gets of it.</summary>
public sealed class ModelBatcherTests : BatcherTestBase
{
    [Fact]
    public async Task InferAsync_WhatWaitsDuringARun_IsJoinedIntoTheNext()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 8));
        var first = await StartBlockedRunAsync(batcher);
        var waiting = Enumerable.Range(1, 5).Select(i => Infer(batcher, i)).ToArray();

        Runner.Allow(2);
        var results = await Task.WhenAll(waiting);

        Assert.Equal([1L, 5L], Runner.Runs);
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

        Runner.Allow(10);
        await Task.WhenAll(first, three, two, nine);

        Assert.Equal([1L, 3L, 2L, 9L], Runner.Runs);
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

        Runner.Allow(10);
        await Task.WhenAll(first, narrowResult, wideResult);

        Assert.Equal([1L, 1L, 1L], Runner.Runs);
        Assert.Equal([2f, 4f, 6f], Values(await wideResult));
    }

    [Fact]
    public async Task InferAsync_MaxDelay_WaitsForOthersAndNoLonger()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxDelay: TimeSpan.FromMilliseconds(10)));
        Runner.Allow(10);
        var one = Infer(batcher, 1);
        await Eventually.TrueAsync(() => Clock.WaitingTimers == 1);
        Assert.Empty(Runner.Runs);
        var two = Infer(batcher, 2);
        await Eventually.TrueAsync(() => batcher.QueuedRequests == 2 && Clock.WaitingTimers == 1);

        Clock.Advance(TimeSpan.FromMilliseconds(10));
        await Task.WhenAll(one, two);

        Assert.Equal([2L], Runner.Runs);
    }

    [Fact]
    public async Task InferAsync_FullBatch_DoesNotWaitForTheDelay()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 2, maxDelay: TimeSpan.FromHours(1)));
        Runner.Allow(10);

        await Task.WhenAll(Infer(batcher, 1), Infer(batcher, 2));

        Assert.Equal([2L], Runner.Runs);
    }

    [Fact]
    public async Task InferAsync_OneBadRequestInABatch_FailsAlone()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        var first = await StartBlockedRunAsync(batcher);
        var good = Infer(batcher, 1);
        var bad = Infer(batcher, -1);
        var alsoGood = Infer(batcher, 3);

        Runner.Allow(10);

        Assert.Equal([2f], Values(await good));
        Assert.Equal(InferenceStatus.InvalidInput, (await bad).Status);
        Assert.Equal([6f], Values(await alsoGood));
        await first;
    }

    [Fact]
    public async Task InferAsync_RunnerThrows_AnswersAndServesOn()
    {
        var batcher = Start(QueueSettings.Of(runs: 1));
        Runner.Allow(10);

        using var broken = await Infer(batcher, -2);
        using var next = await Infer(batcher, 1);

        Assert.Equal(InferenceStatus.Failed, broken.Status);
        Assert.Equal([2f], Values(next));
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
        Runner.Allow(2);

        Assert.Equal([42f], Values(await call));
        await first;
    }

    [Fact]
    public async Task InferAsync_WaitingForOthers_DoesNotBlockAnotherShape()
    {
        var batcher = Start(QueueSettings.Of(runs: 1, maxBatch: 2, maxDelay: TimeSpan.FromHours(1)));
        Runner.Allow(10);
        using var wide = Tensor.Create("x", [1f, 2f], 1, 2);
        var lonely = batcher.InferAsync([wide], default, CancellationToken.None).AsTask();

        await Task.WhenAll(Infer(batcher, 1), Infer(batcher, 2));

        Assert.False(lonely.IsCompleted);
        Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([2f, 4f], Values(await lonely));
        Assert.Equal([2L, 1L], Runner.Runs);
    }

    [Fact]
    public async Task InferAsync_PreferredSizes_LargestThatCanBeMadeRunsAndTheRestWaits()
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 8, maxDelay: TimeSpan.FromSeconds(1));
        var batcher = Start(settings with { Batching = settings.Batching with { PreferredSizes = [2, 4] } });
        var first = await StartBlockedRunAsync(batcher, dueAfter: TimeSpan.FromSeconds(1));
        var calls = Enumerable.Range(1, 5).Select(i => Infer(batcher, i)).ToArray();
        Clock.Advance(TimeSpan.FromSeconds(1));

        Runner.Allow(10);
        await Task.WhenAll([first, .. calls]);

        Assert.Equal([1L, 4L, 1L], Runner.Runs);
    }

    [Fact]
    public async Task InferAsync_PreferredSizeIsReached_DoesNotWait()
    {
        var settings = QueueSettings.Of(runs: 1, maxBatch: 8, maxDelay: TimeSpan.FromHours(1));
        var batcher = Start(settings with { Batching = settings.Batching with { PreferredSizes = [3] } });
        Runner.Allow(10);

        await Task.WhenAll(Infer(batcher, 1), Infer(batcher, 2), Infer(batcher, 3));

        Assert.Equal([3L], Runner.Runs);
    }

    [Fact]
    public void Create_RowsNotShownToBeIndependent_JoinsOnlyWhenToldTo()
    {
        using var one = new DisposableBatcher(new ModelBatcher(Runner, QueueSettings.Of(), false, Labels, Clock));
        var always = QueueSettings.Of();
        always = always with { Batching = always.Batching with { Joining = RowJoining.Always } };
        using var two = new DisposableBatcher(new ModelBatcher(Runner, always, false, Labels, Clock));
        var never = always with { Batching = always.Batching with { Joining = RowJoining.Never } };
        using var three = new DisposableBatcher(new ModelBatcher(Runner, never, true, Labels, Clock));

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
        await using var batcher = new ModelBatcher(Runner, settings, true, Labels, TimeProvider.System);
        Runner.Allow(100_000);

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

    private sealed class DisposableBatcher(ModelBatcher batcher) : IDisposable
    {
        public ModelBatcher Batcher => batcher;

        public void Dispose() => batcher.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
