using System.Globalization;
using Slipway.Inference.Engine.Batching;
using Slipway.Inference.Engine.Models;
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
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1, MaxBatchSize = 8 });
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
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1, MaxBatchSize = 4 });
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
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
        var first = await StartBlockedRunAsync(batcher);
        using var wide = Tensor.Create("x", [1f, 2f, 3f], 1, 3);
        var narrowResult = Infer(batcher, 1);
        var wideResult = batcher.InferAsync([wide], null, CancellationToken.None);

        _runner.Allow(10);
        await Task.WhenAll(first, narrowResult, wideResult);

        Assert.Equal([1L, 1L, 1L], _runner.Runs);
        Assert.Equal([2f, 4f, 6f], Values(await wideResult));
    }

    [Fact]
    public async Task InferAsync_MaxDelay_WaitsForOthersAndNoLonger()
    {
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1, MaxDelay = TimeSpan.FromMilliseconds(10) });
        _runner.Allow(10);
        var one = Infer(batcher, 1);
        await Eventually.TrueAsync(() => _clock.WaitingTimers == 1);
        Assert.Empty(_runner.Runs);
        var two = Infer(batcher, 2);
        await Eventually.TrueAsync(() => batcher.QueuedRequests == 0 && _clock.WaitingTimers == 1);

        _clock.Advance(TimeSpan.FromMilliseconds(10));
        await Task.WhenAll(one, two);

        Assert.Equal([2L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_FullBatch_DoesNotWaitForTheDelay()
    {
        var batcher = Start(
            new BatchingOptions
            {
                ConcurrentRuns = 1,
                MaxDelay = TimeSpan.FromHours(1),
                MaxBatchSize = 2,
            }
        );
        _runner.Allow(10);

        await Task.WhenAll(Infer(batcher, 1), Infer(batcher, 2));

        Assert.Equal([2L], _runner.Runs);
    }

    [Fact]
    public async Task InferAsync_ShortTimeLimit_IsNotSpentOnWaitingForOthers()
    {
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1, MaxDelay = TimeSpan.FromSeconds(10) });
        _runner.Allow(10);
        using var x = Column(1);
        var answer = batcher.InferAsync([x], TimeSpan.FromSeconds(1), CancellationToken.None);
        await Eventually.TrueAsync(() => _clock.WaitingTimers == 2);

        _clock.Advance(TimeSpan.FromSeconds(0.5));

        using var result = await answer;
        Assert.Equal(InferenceStatus.Ok, result.Status);
    }

    [Fact]
    public async Task InferAsync_FullQueue_IsAnsweredAtOnce()
    {
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1, QueueCapacity = 2 });
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
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
        var first = await StartBlockedRunAsync(batcher);
        using var x = Column(1);
        var late = batcher.InferAsync([x], TimeSpan.FromMilliseconds(50), CancellationToken.None);

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
        var batcher = Start(new BatchingOptions());
        using var x = Column(1);

        using var result = await batcher.InferAsync([x], TimeSpan.Zero, CancellationToken.None);

        Assert.Equal(InferenceStatus.DeadlineExceeded, result.Status);
        Assert.Empty(_runner.Runs);
    }

    [Fact]
    public async Task InferAsync_CancelledWhileRunningAlone_StopsTheRun()
    {
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
        using var cancellation = new CancellationTokenSource();
        using var x = Column(1);
        var call = batcher.InferAsync([x], null, cancellation.Token);
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
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
        var first = await StartBlockedRunAsync(batcher);
        using var cancellation = new CancellationTokenSource();
        using var x = Column(1);
        var leaver = batcher.InferAsync([x], null, cancellation.Token);
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
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
        var first = await StartBlockedRunAsync(batcher);
        using var cancellation = new CancellationTokenSource();
        using var x = Column(1);
        var one = batcher.InferAsync([x], null, cancellation.Token);
        var two = batcher.InferAsync([x], null, cancellation.Token);
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
        var batcher = Start(new BatchingOptions());
        using var x = Column(1);

        using var result = await batcher.InferAsync([x], null, new CancellationToken(canceled: true));

        Assert.Equal(InferenceStatus.Cancelled, result.Status);
        Assert.Empty(_runner.Runs);
    }

    [Fact]
    public async Task InferAsync_OneBadRequestInABatch_FailsAlone()
    {
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
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
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
        _runner.Allow(10);

        using var broken = await Infer(batcher, -2);
        using var next = await Infer(batcher, 1);

        Assert.Equal(InferenceStatus.Failed, broken.Status);
        Assert.Equal([2f], Values(next));
    }

    [Fact]
    public async Task InferAsync_BadInput_IsRefusedBeforeTheQueue()
    {
        var batcher = Start(new BatchingOptions());
        using var x = Tensor.Create("x", [1L], 1, 1);

        using var result = await batcher.InferAsync([x], null, CancellationToken.None);

        Assert.Equal(InferenceStatus.InvalidInput, result.Status);
        Assert.Empty(_runner.Runs);
    }

    [Fact]
    public async Task InferAsync_CallerDisposesItsInputsAtOnce_TheRunStillSeesThem()
    {
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1 });
        var first = await StartBlockedRunAsync(batcher);
        var x = Column(21);
        var call = batcher.InferAsync([x], null, CancellationToken.None);

        x.Dispose();
        using var other = Column(99);
        _runner.Allow(2);

        Assert.Equal([42f], Values(await call));
        await first;
    }

    [Fact]
    public async Task DisposeAsync_FinishesWhatWaits_AndRefusesWhatComes()
    {
        var batcher = Start(new BatchingOptions { ConcurrentRuns = 1, MaxBatchSize = 1 });
        var waiting = Enumerable.Range(1, 4).Select(i => Infer(batcher, i)).ToArray();
        var disposal = batcher.DisposeAsync().AsTask();

        using var refused = await Infer(batcher, 9);
        _runner.Allow(4);
        await disposal;

        Assert.Equal(InferenceStatus.Unloading, refused.Status);
        Assert.All(await Task.WhenAll(waiting), result => Assert.Equal(InferenceStatus.Ok, result.Status));
    }

    private static Tensor Column(params float[] values) => Tensor.Create<float>("x", values, values.Length, 1);

    private static async Task<InferenceResult> Infer(ModelBatcher batcher, params float[] values)
    {
        using var x = Column(values);
        return await batcher.InferAsync([x], null, CancellationToken.None);
    }

    private static List<float> Values(InferenceResult result)
    {
        Assert.True(result.Status == InferenceStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"{result.Status}: {result.Error}"));
        return [.. result.Outputs[0].AsSpan<float>()];
    }

    private ModelBatcher Start(BatchingOptions options) => _batcher = new ModelBatcher(_runner, options, Labels, _clock);

    /// <summary>Occupies the only run, so that everything after it waits.</summary>
    private async Task<Task<InferenceResult>> StartBlockedRunAsync(ModelBatcher batcher)
    {
        var first = Infer(batcher, 0);
        await Eventually.TrueAsync(() => _runner.Runs.Count == 1);
        return first;
    }
}
